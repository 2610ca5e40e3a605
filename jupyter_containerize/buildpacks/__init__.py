"""One file per buildpack: each decides its layers (``detect``) and makes them (``build``)."""
