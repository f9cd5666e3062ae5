#include "host/study/times_table.h"

#include "host/study/query.h"

namespace caviar::study {

int32_t keep_run(Database& db, const Capabilities& device) {
    db.run("CREATE TABLE IF NOT EXISTS runs(run INTEGER PRIMARY KEY, engine TEXT NOT NULL, device TEXT NOT NULL, threads INTEGER NOT NULL)");
    const int64_t run = db.integer("SELECT count(*) FROM runs");
    Statement(db, "INSERT INTO runs VALUES(?1, ?2, ?3, ?4)")
        .bind(1, run)
        .bind(2, std::string_view(device.engine))
        .bind(3, std::string_view(device.device))
        .bind(4, int64_t{device.threads})
        .run();
    return static_cast<int32_t>(run);
}

std::vector<Run> read_runs(const Database& db) {
    std::vector<Run> runs;
    if (!db.has_table("runs")) return runs;
    Statement list(db, "SELECT run, engine, device, threads FROM runs ORDER BY run");
    while (list.step()) {
        if (list.integer(0) != static_cast<int64_t>(runs.size())) db.damaged("a run is missing");
        runs.push_back({list.text(1), list.text(2), static_cast<int>(list.integer(3))});
    }
    return runs;
}

bool has_times(Database& db) { return db.has_table("times"); }

void drop_times(Database& db, TrialId trial) {
    if (has_times(db)) Statement(db, "DELETE FROM times WHERE id = ?1").bind(1, trial).run();
}

void read_times(const Database& db, const Statement& row, std::span<const Run> runs, TrialRow& trial) {
    if (row.is_null(row_began)) return;
    trial.result.began = row.real(row_began);
    trial.result.ended = row.real(row_ended);
    const int64_t run = row.is_null(row_run) ? -1 : row.integer(row_run);
    if (!trial.result.dated() || run < -1 || run >= std::ssize(runs))
        db.damaged("trial " + std::to_string(trial.trial.id) + " trained at an impossible time, or in a run that is missing");
    trial.run = static_cast<int32_t>(run);
    if (run >= 0) trial.device = runs[static_cast<size_t>(run)].device;
}

void TimesWriter::write(const TrialResult& result) {
    if (!result.dated()) return;
    if (!put_) {
        db_.run("CREATE TABLE IF NOT EXISTS times(id INTEGER PRIMARY KEY, run INTEGER, began REAL NOT NULL, ended REAL NOT NULL)");
        put_.emplace(db_, "INSERT OR REPLACE INTO times VALUES(?1, ?2, ?3, ?4)");
    }
    put_->bind(1, result.id).bind(3, result.began).bind(4, result.ended);
    if (run_) put_->bind(2, int64_t{*run_});
    else put_->bind_null(2);
    put_->run();
}

} // namespace caviar::study
