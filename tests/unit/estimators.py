"""Estimators of scikit-learn of every usual kind, fitted: what people put into production."""
# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

from collections.abc import Callable
from typing import Any, Final, cast

import numpy as np
from sklearn import (
    cluster,
    datasets,
    decomposition,
    discriminant_analysis,
    ensemble,
    linear_model,
    naive_bayes,
    neighbors,
    neural_network,
    pipeline,
    preprocessing,
    svm,
    tree,
)
from sklearn.feature_selection import SelectKBest
from sklearn.multiclass import OneVsRestClassifier

__all__ = ["ESTIMATORS", "fitted"]

_IRIS: Any = cast(Any, datasets.load_iris())
_DIABETES: Any = cast(Any, datasets.load_diabetes())
_SMALL: dict[str, Any] = {"n_estimators": 10, "random_state": 0}


def _scaled(step: Any) -> Any:  # noqa: ANN401 - scikit-learn has no types
    return pipeline.make_pipeline(preprocessing.StandardScaler(), step)


_CLASSIFIERS: Final[tuple[Callable[[], Any], ...]] = (
    lambda: linear_model.LogisticRegression(max_iter=500),
    linear_model.RidgeClassifier,
    lambda: _scaled(linear_model.SGDClassifier(random_state=0)),
    lambda: _scaled(linear_model.SGDClassifier(loss="log_loss", random_state=0)),
    lambda: linear_model.Perceptron(random_state=0),
    lambda: svm.LinearSVC(random_state=0),
    svm.SVC,
    lambda: svm.NuSVC(nu=0.3),
    lambda: tree.DecisionTreeClassifier(random_state=0),
    lambda: tree.ExtraTreeClassifier(random_state=0),
    lambda: ensemble.RandomForestClassifier(**_SMALL),
    lambda: ensemble.ExtraTreesClassifier(**_SMALL),
    lambda: ensemble.GradientBoostingClassifier(**_SMALL),
    lambda: ensemble.HistGradientBoostingClassifier(max_iter=10, random_state=0),
    lambda: ensemble.AdaBoostClassifier(**_SMALL),
    lambda: ensemble.BaggingClassifier(**_SMALL),
    neighbors.KNeighborsClassifier,
    naive_bayes.GaussianNB,
    naive_bayes.BernoulliNB,
    naive_bayes.MultinomialNB,
    naive_bayes.ComplementNB,
    discriminant_analysis.LinearDiscriminantAnalysis,
    lambda: neural_network.MLPClassifier((8,), max_iter=50, random_state=0, tol=1),
    lambda: OneVsRestClassifier(linear_model.LogisticRegression(max_iter=500)),
    lambda: ensemble.VotingClassifier(
        [("nb", naive_bayes.GaussianNB()), ("tree", tree.DecisionTreeClassifier(random_state=0))],
        voting="soft",
        flatten_transform=False,
    ),
    lambda: ensemble.StackingClassifier([("nb", naive_bayes.GaussianNB())]),
    lambda: _scaled(linear_model.LogisticRegression()),
    lambda: _scaled(decomposition.PCA(2)),
    lambda: pipeline.make_pipeline(SelectKBest(k=2), naive_bayes.GaussianNB()),
)
_REGRESSORS: Final[tuple[Callable[[], Any], ...]] = (
    linear_model.LinearRegression,
    linear_model.Ridge,
    linear_model.Lasso,
    linear_model.ElasticNet,
    linear_model.BayesianRidge,
    lambda: linear_model.HuberRegressor(max_iter=1000),
    lambda: linear_model.SGDRegressor(random_state=0),
    linear_model.TweedieRegressor,
    svm.SVR,
    lambda: tree.DecisionTreeRegressor(random_state=0, max_depth=5),
    lambda: ensemble.RandomForestRegressor(**_SMALL, max_depth=5),
    lambda: ensemble.ExtraTreesRegressor(**_SMALL, max_depth=5),
    lambda: ensemble.GradientBoostingRegressor(**_SMALL),
    lambda: ensemble.HistGradientBoostingRegressor(max_iter=10, random_state=0),
    lambda: ensemble.AdaBoostRegressor(**_SMALL),
    lambda: ensemble.BaggingRegressor(**_SMALL),
    neighbors.KNeighborsRegressor,
    lambda: neural_network.MLPRegressor(
        hidden_layer_sizes=(8,), max_iter=50, random_state=0, tol=1e4
    ),
    lambda: _scaled(linear_model.Ridge()),
)
_OTHERS: Final[tuple[Callable[[], Any], ...]] = (
    lambda: cluster.KMeans(3, random_state=0),
    lambda: cluster.MiniBatchKMeans(3, random_state=0),
    preprocessing.StandardScaler,
    preprocessing.MinMaxScaler,
    preprocessing.PolynomialFeatures,
    lambda: decomposition.TruncatedSVD(2, random_state=0),
    lambda: ensemble.IsolationForest(**_SMALL),
)

# How each is made, and what it is fitted to.
ESTIMATORS: Final[tuple[tuple[Callable[[], Any], Any], ...]] = (
    *((make, _IRIS) for make in _CLASSIFIERS),
    *((make, _DIABETES) for make in _REGRESSORS),
    *((make, _IRIS) for make in _OTHERS),
)


def fitted(make: Callable[[], Any], data: Any) -> tuple[Any, Any]:  # noqa: ANN401 - no types
    """The estimator, and the 32-bit rows that it was fitted to."""
    rows = data.data.astype(np.float32)
    return make().fit(rows, data.target), rows
