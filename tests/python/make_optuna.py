"""Makes a study with Optuna, as its users do: FILE, SQLite. The best trials have rates near 0.1 and two layers. Exit code 77: there is no Optuna."""
import math
import sys

try:
    import optuna
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(77)


def objective(trial):
    rate = trial.suggest_float("lr", 1e-5, 1.0, log=True)
    layers = trial.suggest_int("n_layers", 1, 3)
    for i in range(layers):
        trial.suggest_int(f"n_units_l{i}", 4, 128, log=True)
    trial.suggest_categorical("optimizer", ["Adam", "RMSprop", "SGD"])
    trial.suggest_float("dropout_l0", 0.2, 0.5)
    if trial.number % 10 == 9:
        raise optuna.TrialPruned()
    return (math.log10(rate) + 1) ** 2 + (layers - 2) ** 2


optuna.logging.set_verbosity(optuna.logging.ERROR)
study = optuna.create_study(storage="sqlite:///" + sys.argv[1], study_name="theirs", sampler=optuna.samplers.RandomSampler(seed=1))
study.optimize(objective, n_trials=40)
