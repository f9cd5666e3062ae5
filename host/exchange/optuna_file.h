#pragma once
/// Optuna's two kinds of file. Facts: the tables that Optuna 3.2 to 4.9 make (schema version 12, alembic revision v3.2.0.a), and the operations of
/// optuna/storages/journal/_storage.py.

#include "host/exchange/optuna_trial.h"

#include <memory>
#include <string>

namespace caviar::exchange {

/// Writes one study. Trials are numbered from 0 as they come.
class OptunaFile {
public:
    virtual ~OptunaFile() = default;
    virtual void add(const OptunaTrial&) = 0;
    /// Everything is written. Throws RuntimeFailure where the disk is full, as `add` does.
    virtual void finish() = 0;
};

/// A SQLite database, for optuna.load_study(storage="sqlite:///FILE").
std::unique_ptr<OptunaFile> make_optuna_database(const std::string& path, const OptunaStudy&);
/// A journal, for JournalStorage(JournalFileBackend(FILE)): one operation a line.
std::unique_ptr<OptunaFile> make_optuna_journal(const std::string& path, const OptunaStudy&);

} // namespace caviar::exchange
