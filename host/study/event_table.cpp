#include "host/study/event_table.h"

#include "host/study/json_archive.h"

#include <limits>

namespace caviar::study {

void keep_events(Database& db, std::span<const Event> events) {
    db.run("CREATE TABLE IF NOT EXISTS events(trial INTEGER NOT NULL, epoch INTEGER NOT NULL, copied_from INTEGER, "
           "changes TEXT NOT NULL, PRIMARY KEY(trial, epoch)) WITHOUT ROWID");
    Statement put(db, "INSERT OR REPLACE INTO events VALUES(?1, ?2, ?3, ?4)");
    for (const Event& event : events) {
        Json changes = Json::object();
        for (const auto& [name, value] : event.changes) changes[name] = encode(value);
        const std::string text = changes.dump();
        put.bind(1, event.trial).bind(2, int64_t{event.epoch});
        if (event.copied_from) put.bind(3, *event.copied_from);
        else put.bind_null(3);
        put.bind(4, std::string_view(text)).run();
    }
}

std::vector<Event> read_events(Database& db, TrialId trial) {
    std::vector<Event> list;
    if (!db.has_table("events")) return list;
    Statement get(db, "SELECT epoch, copied_from, changes FROM events WHERE trial = ?1 ORDER BY epoch");
    get.bind(1, trial);
    const std::string what = "an event of trial " + std::to_string(trial);
    while (get.step()) {
        Event event;
        event.trial = trial;
        const int64_t epoch = get.integer(0);
        if (epoch < 0 || epoch > std::numeric_limits<int32_t>::max()) db.damaged(what + " has an impossible epoch");
        event.epoch = static_cast<int32_t>(epoch);
        if (!get.is_null(1)) event.copied_from = get.integer(1);
        const Json changes = Json::parse(get.text(2), nullptr, false);
        if (!changes.is_object()) db.damaged(what + " is not JSON");
        try {
            for (const auto& [name, value] : changes.items()) decode(value, event.changes.emplace_back(name, Value()).second, what + "." + name);
        } catch (const RuntimeFailure& error) {
            db.damaged(error.what());
        }
        list.push_back(std::move(event));
    }
    return list;
}

} // namespace caviar::study
