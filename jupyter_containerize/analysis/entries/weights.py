"""How much each piece of evidence counts. Only the order matters: the user's own words before our guesses."""

from __future__ import annotations

SERVE_TAG = "serve"
PARAMETERS_TAG = "parameters"

# A tag is the user's own word and beats every name; types and calls only tell equals apart.
TAG_WEIGHT = 200
CELL_WEIGHT = 120
MLFLOW_WEIGHT = 100
ROUTE_WEIGHT = 80
FRAMEWORK_WEIGHT = 60
METHOD_WEIGHT = 15
DECORATED_WEIGHT = 10
FITTED_WEIGHT = 10
SAVED_WEIGHT = 5
CHOSEN_WEIGHT = 5
NAMED_WEIGHT = 5
TYPES_WEIGHT = 5
CALL_WEIGHT = 5
JOB_WEIGHT = 1
