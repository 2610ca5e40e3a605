"""Words for what goes wrong with bills of materials, provenance and signatures."""
