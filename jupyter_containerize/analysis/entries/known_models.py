"""Which calls of known libraries give something that can predict, and when it is fitted.

Names are looked up below a library's top-level import name, wherever in it they stand: libraries re-export them.
Sources: scikit-learn's ``all_estimators()`` (1.9) with a ``predict``, and each library's reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

# They choose among or put together what they are given; a fitted one stands for all that it holds.
CONTAINERS = frozenset({
    "AdaBoostClassifier", "AdaBoostRegressor", "BaggingClassifier", "BaggingRegressor", "BayesSearchCV",
    "CalibratedClassifierCV", "ClassifierChain", "FixedThresholdClassifier", "GridSearchCV", "HalvingGridSearchCV",
    "HalvingRandomSearchCV", "MultiOutputClassifier", "MultiOutputRegressor", "OneVsOneClassifier",
    "OneVsRestClassifier", "OutputCodeClassifier", "Pipeline", "RANSACRegressor", "RFE", "RFECV", "RandomizedSearchCV",
    "RegressorChain", "SelfTrainingClassifier", "StackingClassifier", "StackingRegressor",
    "TransformedTargetRegressor", "TunedThresholdClassifierCV", "VotingClassifier", "VotingRegressor",
    "make_pipeline",
})  # fmt: skip

# Without those that only label what they were fitted on (DBSCAN) and those that are made to be beaten (Dummy...).
_SKLEARN = CONTAINERS | {
    "ARDRegression", "AffinityPropagation", "BayesianGaussianMixture", "BayesianRidge", "BernoulliNB", "Birch",
    "BisectingKMeans", "CCA", "CategoricalNB", "ComplementNB", "DecisionTreeClassifier", "DecisionTreeRegressor",
    "ElasticNet", "ElasticNetCV", "EllipticEnvelope", "ExtraTreeClassifier", "ExtraTreeRegressor",
    "ExtraTreesClassifier", "ExtraTreesRegressor", "GammaRegressor", "GaussianMixture", "GaussianNB",
    "GaussianProcessClassifier", "GaussianProcessRegressor", "GradientBoostingClassifier", "GradientBoostingRegressor",
    "HistGradientBoostingClassifier", "HistGradientBoostingRegressor", "HuberRegressor", "IsolationForest",
    "IsotonicRegression", "KMeans", "KNeighborsClassifier", "KNeighborsRegressor", "KernelRidge", "LabelPropagation",
    "LabelSpreading", "Lars", "LarsCV", "Lasso", "LassoCV", "LassoLars", "LassoLarsCV", "LassoLarsIC",
    "LinearDiscriminantAnalysis", "LinearRegression", "LinearSVC", "LinearSVR", "LocalOutlierFactor",
    "LogisticRegression", "LogisticRegressionCV", "MLPClassifier", "MLPRegressor", "MeanShift", "MiniBatchKMeans",
    "MultiTaskElasticNet", "MultiTaskElasticNetCV", "MultiTaskLasso", "MultiTaskLassoCV", "MultinomialNB",
    "NearestCentroid", "NuSVC", "NuSVR", "OneClassSVM", "OrthogonalMatchingPursuit", "OrthogonalMatchingPursuitCV",
    "PLSCanonical", "PLSRegression", "PassiveAggressiveClassifier", "PassiveAggressiveRegressor", "Perceptron",
    "PoissonRegressor", "QuadraticDiscriminantAnalysis", "QuantileRegressor", "RadiusNeighborsClassifier",
    "RadiusNeighborsRegressor", "RandomForestClassifier", "RandomForestRegressor", "Ridge", "RidgeCV",
    "RidgeClassifier", "RidgeClassifierCV", "SGDClassifier", "SGDOneClassSVM", "SGDRegressor", "SVC", "SVR",
    "TheilSenRegressor", "TweedieRegressor",
}  # fmt: skip
_XGBOOST = frozenset({"XGBClassifier", "XGBRegressor", "XGBRanker", "XGBRFClassifier", "XGBRFRegressor"})
_LIGHTGBM = frozenset({"LGBMClassifier", "LGBMRegressor", "LGBMRanker", "LGBMModel"})
_CATBOOST = frozenset({"CatBoost", "CatBoostClassifier", "CatBoostRegressor", "CatBoostRanker"})
_STATSMODELS = frozenset({
    "ARIMA", "AutoReg", "ExponentialSmoothing", "GEE", "GLM", "GLMGam", "GLS", "GLSAR", "Holt", "Logit", "MNLogit",
    "MixedLM", "NegativeBinomial", "OLS", "OrderedModel", "PHReg", "Poisson", "Probit", "QuantReg", "RLM", "SARIMAX",
    "SimpleExpSmoothing", "WLS", "gee", "glm", "gls", "logit", "mixedlm", "mnlogit", "negativebinomial", "ols",
    "phreg", "poisson", "probit", "quantreg", "rlm", "wls",
})  # fmt: skip


class Fit(Enum):
    """What has to happen before what a call gives can predict."""

    SELF = "self"
    """``fit`` fits it, and returns it."""
    HISTORY = "history"
    """``fit`` fits it, and returns something else (keras)."""
    RESULT = "result"
    """``fit`` returns what predicts; it cannot itself (statsmodels)."""
    TRAINED = "trained"
    """A loop of the notebook's trains it (torch)."""
    DONE = "done"
    """Nothing: the call trains or loads it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCall:
    """A call that gives a model. ``library`` is the import name in words, ``name`` the call's last part."""

    library: str
    name: str
    fit: Fit

    @property
    def contains(self) -> bool:
        """Whether it holds what it is made of, and stands for it."""
        return self.name in CONTAINERS


_KERAS = frozenset({"Sequential", "Model", "Functional"})
_KERAS_ROOTS = frozenset({"keras", "tensorflow", "tf_keras"})
_BY_ROOT: Mapping[str, tuple[tuple[frozenset[str], Fit], ...]] = {
    "sklearn": ((frozenset(_SKLEARN), Fit.SELF),),
    "imblearn": ((frozenset({"Pipeline", "make_pipeline", "BalancedRandomForestClassifier"}), Fit.SELF),),
    "skopt": ((frozenset({"BayesSearchCV"}), Fit.SELF),),
    "xgboost": ((_XGBOOST, Fit.SELF), (frozenset({"train"}), Fit.DONE)),
    "lightgbm": ((_LIGHTGBM, Fit.SELF), (frozenset({"train"}), Fit.DONE)),
    "catboost": ((_CATBOOST, Fit.SELF), (frozenset({"train"}), Fit.DONE)),
    "statsmodels": ((_STATSMODELS, Fit.RESULT),),
    "torch": ((frozenset({"Sequential"}), Fit.TRAINED),),
    "torchvision": ((frozenset(), Fit.TRAINED),),
    "transformers": ((frozenset({"pipeline"}), Fit.DONE),),
    "onnxruntime": ((frozenset({"InferenceSession"}), Fit.DONE),),
    **dict.fromkeys(_KERAS_ROOTS, ((_KERAS, Fit.HISTORY), (frozenset({"load_model"}), Fit.DONE))),
}
ROOTS = frozenset(_BY_ROOT)

# A class of the notebook that derives from one of these is a model of that library.
BASES: Mapping[str, ModelCall] = {
    "torch.nn.Module": ModelCall(library="torch", name="Module", fit=Fit.TRAINED),
    "torch.nn.modules.module.Module": ModelCall(library="torch", name="Module", fit=Fit.TRAINED),
    **{
        f"{module}.{name}": ModelCall(library="keras", name="Model", fit=Fit.HISTORY)
        for module in ("keras", "tensorflow.keras", "tf_keras", "tensorflow.python.keras")
        for name in ("Model", "Sequential", "models.Model", "models.Sequential")
    },
}


def model_call(origin: str) -> ModelCall | None:
    """Return what a call of a dotted name gives, if that can predict, now or once it is fitted."""
    root, _, _ = origin.partition(".")
    _, _, name = origin.rpartition(".")
    if root == "torchvision":
        known = ".models." in f"{origin}." and name.islower()
        return ModelCall(library=root, name=name, fit=Fit.TRAINED) if known else None
    if root == "tensorflow" and not origin.startswith(("tensorflow.keras.", "tensorflow.python.keras.")):
        return None
    for names, fit in _BY_ROOT.get(root, ()):
        if name in names:
            return ModelCall(library="keras" if root in _KERAS_ROOTS else root, name=name, fit=fit)
    return None
