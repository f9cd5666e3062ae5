"""Random search with cross-validation, all candidates of a fold at once.

    pip install . scikit-learn && python host/python/examples/scikit_learn_search.py
"""

from scipy.stats import loguniform
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from caviar.sklearn import CaviarClassifier, CaviarSearchCV

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=1)

search = CaviarSearchCV(
    CaviarClassifier(epochs=10),
    {"learning_rate": loguniform(1e-4, 0.3), "hidden": [(32,), (64,), (64, 64)], "optimizer": ["adam", "nesterov"], "batch_size": [16, 32, 64]},
    n_iter=30, cv=3, random_state=1,
)
search.fit(X_train, y_train)
print("best of 30:", search.best_params_)
print(f"cross-validated accuracy {search.best_score_:.4f}, on test rows {search.score(X_test, y_test):.4f}")
