#include "host/study/checkpoint_table.h"

#include <limits>

namespace caviar::study {

void keep_checkpoint(Database& db, TrialId trial, int32_t epoch, std::span<const std::byte> bytes) {
    db.run("CREATE TABLE IF NOT EXISTS checkpoints(id INTEGER PRIMARY KEY, trial INTEGER NOT NULL, epoch INTEGER NOT NULL, bytes "
           "BLOB NOT NULL, "
           "UNIQUE(trial, epoch))");
    Statement(db, "INSERT OR REPLACE INTO checkpoints(trial, epoch, bytes) VALUES(?1, ?2, ?3)")
        .bind(1, trial)
        .bind(2, int64_t{epoch})
        .bind_blob(3, bytes)
        .run();
}

void drop_checkpoint(Database& db, TrialId trial, int32_t epoch) {
    if (!db.has_table("checkpoints")) return;
    Statement(db, "DELETE FROM checkpoints WHERE trial = ?1 AND epoch = ?2").bind(1, trial).bind(2, int64_t{epoch}).run();
}

std::vector<int32_t> checkpoint_epochs(Database& db, TrialId trial) {
    std::vector<int32_t> epochs;
    if (!db.has_table("checkpoints")) return epochs;
    Statement list(db, "SELECT epoch FROM checkpoints WHERE trial = ?1 ORDER BY epoch");
    list.bind(1, trial);
    while (list.step()) {
        const int64_t epoch = list.integer(0);
        if (epoch < 0 || epoch > std::numeric_limits<int32_t>::max())
            db.damaged("a checkpoint of trial " + std::to_string(trial) + " has an impossible epoch");
        epochs.push_back(static_cast<int32_t>(epoch));
    }
    return epochs;
}

std::vector<std::byte> read_checkpoint(Database& db, TrialId trial, int32_t epoch) {
    if (!db.has_table("checkpoints")) return {};
    Statement get(db, "SELECT bytes FROM checkpoints WHERE trial = ?1 AND epoch = ?2");
    get.bind(1, trial).bind(2, int64_t{epoch});
    if (!get.step()) return {};
    const auto bytes = get.blob(0);
    return {bytes.begin(), bytes.end()};
}

} // namespace caviar::study
