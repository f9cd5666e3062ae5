#pragma once
/// When and where trials trained: two tables of a study, made when there is first something to put in them. Studies without them are of an older
/// caviar; one that does not know them goes on with a study that has them, and what it records is not dated.

#include "caviar/study.h"
#include "host/study/sqlite.h"

#include <optional>
#include <span>
#include <vector>

namespace caviar::study {

/// Enters a run; returns its number, from 0.
int32_t keep_run(Database&, const Capabilities&);
/// In their order. Throws RuntimeFailure where the file is damaged.
std::vector<Run> read_runs(const Database&);

/// Is any trial dated? Then table `times` is there, a row a trial by `id`: run (NULL: not said), began, ended.
bool has_times(Database&);
void drop_times(Database&, TrialId);
/// Fills in what a row of `select` (query.h) has of it. Throws RuntimeFailure where the file is damaged.
void read_times(const Database&, const Statement& row, std::span<const Run>, TrialRow&);

/// Enters the times of trials that are dated, each in the place of what was known of it.
class TimesWriter {
public:
    TimesWriter(Database& db, std::optional<int32_t> run) : db_(db), run_(run) {}
    void write(const TrialResult&);

private:
    Database& db_;
    std::optional<int32_t> run_;
    std::optional<Statement> put_; ///< with the first
};

} // namespace caviar::study
