// The store: Study over SQLite.

#include "caviar/error.h"
#include "caviar/study.h"
#include "caviar/sweep.h"
#include "host/core/names.h"
#include "host/study/candidate.h"
#include "host/study/checkpoint_table.h"
#include "host/study/event_table.h"
#include "host/study/json_archive.h"
#include "host/study/kept.h"
#include "host/study/lock.h"
#include "host/study/query.h"
#include "host/study/schema.h"
#include "host/study/times_table.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <numeric>

namespace caviar {

namespace study {

namespace {

static_assert(std::endian::native == std::endian::little, "curves and weights are stored as the machine holds them: little-endian");
static_assert(sizeof(EpochLosses) == 3 * sizeof(float) && sizeof(float) == 4);

template <class T> std::span<const std::byte> bytes_of(const std::vector<T>& values) { return std::as_bytes(std::span(values)); }

template <class T> std::vector<T> values_of(std::span<const std::byte> bytes, const Database& db, const std::string& what) {
    if (bytes.size() % sizeof(T) != 0) db.damaged(what + " has a wrong length");
    std::vector<T> values(bytes.size() / sizeof(T));
    if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
}

// Rows in the order of their ids are appended to few pages of the file.
std::vector<size_t> by_id(std::span<const TrialResult> results) {
    std::vector<size_t> order(results.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return results[a].id < results[b].id; });
    return order;
}

class StudyFile final : public Study {
public:
    /// `lock` is null for a reader.
    StudyFile(std::unique_ptr<WriterLock> lock, std::unique_ptr<Database> db)
        : lock_(std::move(lock)), db_(std::move(db)), header_(read_header(*db_)), settings_(read_settings()),
          kept_(static_cast<size_t>(header_.keep_weights)) {
        if (settings_.initial.hash != (header_.initial ? hash_of(*header_.initial) : std::string()))
            db_->damaged("the model that its trials start from is not the one that its settings name");
        Statement list(*db_, "SELECT r.badness, r.loss, r.id FROM weights w JOIN results r ON r.id = w.id");
        while (list.step()) kept_.insert({list.real(0), list.real(1)}, list.integer(2));
    }

    const std::string& path() const override { return db_->path(); }
    bool in_place() const override { return db_->in_place(); }
    StudyHeader header() const override { return header_; }

    void begin_run(const Capabilities& device) override {
        require_writer();
        Transaction transaction(*db_, Transaction::Kind::write);
        const int32_t run = keep_run(*db_, device);
        transaction.commit();
        run_ = run;
    }
    std::vector<Run> runs() const override { return read_runs(*db_); }

    void add(const RoundRecord& round, std::span<const Trial> trials) override {
        require_writer();
        Transaction transaction(*db_, Transaction::Kind::write);
        const int64_t next_round = db_->integer("SELECT count(*) FROM rounds"), next_id = size();
        if (round.round != next_round)
            throw UsageError("round " + std::to_string(round.round) + " was added where round " + std::to_string(next_round) + " is next");
        Statement(*db_, "INSERT INTO rounds VALUES(?1, ?2, ?3)")
            .bind(1, int64_t{round.round}).bind(2, std::string_view(round.state)).bind(3, std::string_view(round.explanation)).run();

        for (size_t i = 0; i < trials.size(); ++i) check_trial(trials[i], next_id + static_cast<int64_t>(i), round.round);
        const auto columns = columns_for(trials);
        std::string sql = "INSERT INTO trials(id, round", places = "?, ?";
        for (const auto& column : columns) sql += ", " + study::quoted(column), places += ", ?";
        Statement insert(*db_, sql + ") VALUES(" + places + ")");
        for (const Trial& trial : trials) {
            insert.bind(1, trial.id).bind(2, int64_t{trial.round});
            for (size_t c = 0; c < columns.size(); ++c) insert.bind_null(static_cast<int>(c) + 3);
            for (const auto& [name, value] : trial.configuration) {
                const auto column = std::find(columns.begin(), columns.end(), name) - columns.begin();
                bind_value(insert, static_cast<int>(column) + 3, value);
            }
            insert.run();
        }
        transaction.commit();
    }

    void record(std::span<const TrialResult> results, std::span<const Weights* const> weights) override {
        require_writer();
        if (weights.size() != results.size()) throw UsageError("as many weights (or null pointers) as results are needed");
        Kept kept = kept_; // takes effect only if the transaction does
        // Weights are most of what a small study writes: those that others of the same batch push out again are not written.
        std::map<TrialId, const Weights*> arrived;
        Transaction transaction(*db_, Transaction::Kind::write);
        const int64_t trials = size();
        Statement result_in(*db_, "INSERT OR IGNORE INTO results(id, state, badness, loss, best_epoch, epochs, seconds) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)");
        Statement curve_in(*db_, "INSERT INTO curves VALUES(?1, ?2)");
        Statement weights_in(*db_, "INSERT INTO weights VALUES(?1, ?2, ?3)");
        Statement weights_out(*db_, "DELETE FROM weights WHERE id = ?1");
        TimesWriter times(*db_, run_);
        for (const size_t i : by_id(results)) {
            const TrialResult& result = results[i];
            if (result.id < 0 || result.id >= trials) throw UsageError("trial " + std::to_string(result.id) + " is not in the study");
            if (result.state == TrialState::waiting) throw UsageError("trial " + std::to_string(result.id) + " is not finished: it can't be recorded");
            const Score its_score = score(result, header_.metric);
            const std::string state = to_string(result.state);
            result_in.bind(1, result.id).bind(2, std::string_view(state)).bind(3, its_score.badness).bind(4, its_score.loss)
                .bind(5, int64_t{result.best_epoch}).bind(6, static_cast<int64_t>(result.curve.size())).bind(7, result.seconds).run();
            if (db_->changes() == 0) throw UsageError("trial " + std::to_string(result.id) + " is recorded already");
            curve_in.bind(1, result.id).bind_blob(2, bytes_of(result.curve)).run();
            times.write(result);
            if (!weights[i] || result.state != TrialState::complete || !kept.would_keep(its_score, result.id)) continue;
            kept.insert(its_score, result.id);
            arrived.emplace(result.id, weights[i]);
            for (const TrialId id : kept.evict())
                if (arrived.erase(id) == 0) weights_out.bind(1, id).run();
        }
        for (const auto& [id, its] : arrived) weights_in.bind(1, id).bind_blob(2, bytes_of(its->widths)).bind_blob(3, bytes_of(its->values)).run();
        transaction.commit();
        kept_ = std::move(kept);
    }

    void record_events(std::span<const Event> events) override {
        require_writer();
        if (events.empty()) return;
        for (const Event& event : events) require_trial(event.trial);
        Transaction transaction(*db_, Transaction::Kind::write);
        keep_events(*db_, events);
        transaction.commit();
    }

    std::vector<Event> events(TrialId id) const override { return read_events(*db_, id); }

    void keep(TrialId id, const Weights& weights) override {
        require_writer();
        TrialQuery query;
        query.ids = {id};
        const auto rows = trials(query);
        if (rows.empty() || rows[0].result.state == TrialState::waiting)
            throw UsageError("trial " + std::to_string(id) + " is not finished: it has no weights to keep");
        Statement(*db_, "INSERT OR REPLACE INTO weights VALUES(?1, ?2, ?3)")
            .bind(1, id).bind_blob(2, bytes_of(weights.widths)).bind_blob(3, bytes_of(weights.values)).run();
        kept_.insert(rows[0].score, id); // as the next one who opens the study will find it
    }

    void together(const std::function<void()>& writes) override {
        require_writer();
        const Kept before = kept_;
        Transaction transaction(*db_, Transaction::Kind::write);
        try {
            writes();
            transaction.commit();
        } catch (...) {
            kept_ = before;
            throw;
        }
    }

    void reopen(TrialId id) override {
        require_writer();
        require_trial(id);
        Transaction transaction(*db_, Transaction::Kind::write);
        for (const char* table : {"results", "curves", "weights"})
            Statement(*db_, std::string("DELETE FROM ") + table + " WHERE id = ?1").bind(1, id).run();
        drop_times(*db_, id);
        transaction.commit();
        kept_.erase(id);
    }

    void keep_checkpoint(TrialId id, int32_t epoch, std::span<const std::byte> bytes) override {
        require_writer();
        require_trial(id);
        study::keep_checkpoint(*db_, id, epoch, bytes);
    }
    void drop_checkpoint(TrialId id, int32_t epoch) override {
        require_writer();
        study::drop_checkpoint(*db_, id, epoch);
    }
    std::vector<int32_t> checkpoints(TrialId id) const override { return checkpoint_epochs(*db_, id); }
    std::vector<std::byte> checkpoint(TrialId id, int32_t epoch) const override { return read_checkpoint(*db_, id, epoch); }

    bool keeps(const Score& its_score, TrialId id) const override { return kept_.would_keep(its_score, id); }

    void note(const std::string& key, const std::string& json) override {
        require_writer();
        Statement(*db_, "INSERT INTO notes VALUES(?1, ?2) ON CONFLICT(key) DO UPDATE SET json = excluded.json")
            .bind(1, std::string_view(key)).bind(2, std::string_view(json)).run();
    }

    std::optional<std::string> note(const std::string& key) const override {
        Statement get(*db_, "SELECT json FROM notes WHERE key = ?1");
        get.bind(1, std::string_view(key));
        if (!get.step()) return {};
        return get.text(0);
    }

    int64_t size() const override { return db_->integer("SELECT coalesce(max(id) + 1, 0) FROM trials"); }

    StudyCounts counts() const override {
        Transaction snapshot(*db_, Transaction::Kind::read);
        StudyCounts counts;
        counts.trials = size();
        Statement sums(*db_, "SELECT total(state = 'complete'), total(state = 'diverged'), total(state = 'stopped'), count(*), total(epochs), total(seconds) FROM results");
        if (!sums.step()) return counts;
        counts.complete = sums.integer(0);
        counts.diverged = sums.integer(1);
        counts.stopped = sums.integer(2);
        counts.waiting = counts.trials - sums.integer(3);
        counts.epochs = sums.integer(4);
        counts.seconds = sums.real(5);
        if (counts.waiting < 0 || counts.complete + counts.diverged + counts.stopped != sums.integer(3)) db_->damaged("results of no trial, or in no known state");
        return counts;
    }

    std::vector<RoundRecord> rounds() const override {
        std::vector<RoundRecord> list;
        Statement get(*db_, "SELECT round, state, explanation FROM rounds ORDER BY round");
        while (get.step()) {
            if (get.integer(0) != static_cast<int64_t>(list.size())) db_->damaged("a round is missing");
            list.push_back({static_cast<int32_t>(get.integer(0)), get.text(1), get.text(2)});
        }
        return list;
    }

    void each_trial(const TrialQuery& query, const std::function<void(TrialRow)>& take) const override {
        Transaction snapshot(*db_, Transaction::Kind::read);
        const Names names{settings_, header_.metric, parameter_columns(*db_), has_times(*db_)};
        const std::vector<Run> runs = names.times ? read_runs(*db_) : std::vector<Run>();
        int64_t taken = 0;
        const auto append = [&](Among among) {
            const int64_t left = query.top < 0 ? -1 : query.top - taken;
            const Sql sql = select(query, names, among, left);
            Statement list(*db_, sql.text);
            sql.bind(list);
            for (; list.step(); ++taken) take(row(list, names.columns, runs, query.curves));
        };
        const bool any = query.ids.empty() && !query.state && query.filter.empty();
        const bool only_finished = query.ids.empty() && query.state && *query.state != TrialState::waiting;
        if (query.sort == "score" && only_finished) {
            append(Among::finished);
        } else if (query.sort == "score" && any) {
            append(Among::finished);
            // Waiting trials come after all finished ones, so they are looked for only where these did not fill the list.
            if (query.top < 0 || taken < query.top) append(Among::waiting);
        } else append(Among::all);
    }

    std::optional<TrialRow> best() const override {
        const auto first = ranking(*this, settings_, 1);
        if (first.empty()) return {};
        TrialQuery query;
        query.ids = {first[0].best.trial.id};
        query.curves = true;
        auto rows = trials(query);
        if (rows.empty()) db_->damaged("trial " + std::to_string(query.ids[0]) + " has a result but no settings");
        return std::move(rows.front());
    }

    std::optional<Weights> weights(TrialId id) const override {
        Statement get(*db_, "SELECT widths_int32, values_float32 FROM weights WHERE id = ?1");
        get.bind(1, id);
        if (!get.step()) return {};
        const std::string what = "the weights of trial " + std::to_string(id);
        Weights weights{values_of<int32_t>(get.blob(0), *db_, what), values_of<float>(get.blob(1), *db_, what)};
        const bool shape = weights.widths.size() >= 2 && std::all_of(weights.widths.begin(), weights.widths.end(), [](int32_t w) { return w > 0; });
        if (!shape || weight_count(weights.widths) != static_cast<int64_t>(weights.values.size())) db_->damaged(what + " do not fit its widths");
        return weights;
    }

private:
    SweepSettings read_settings() const {
        try {
            return settings_from_json(header_.settings);
        } catch (const RuntimeFailure& error) {
            throw RuntimeFailure(path() + ": " + error.what());
        }
    }

    void require_writer() const {
        if (!lock_) throw UsageError(path() + ": the study is open for reading only");
        if (!in_place())
            throw RuntimeFailure(path() + ": the study was removed or replaced while it was written to, so nothing more can be saved in it; "
                                          "put the file back if it was moved, and run the same command again");
    }

    void require_trial(TrialId id) const {
        if (id < 0 || id >= size()) throw UsageError("trial " + std::to_string(id) + " is not in the study");
    }

    void check_trial(const Trial& trial, TrialId id, int32_t round) const {
        if (trial.id != id || trial.round != round)
            throw UsageError("trial " + std::to_string(trial.id) + " of round " + std::to_string(trial.round) + " was added where trial " +
                             std::to_string(id) + " of round " + std::to_string(round) + " is next");
        if (make_trial(settings_, id, round, trial.configuration).hyperparameters != trial.hyperparameters)
            throw UsageError("the hyperparameters of trial " + std::to_string(id) + " do not follow from its configuration");
    }

    // All columns there are, after adding those that these trials need.
    std::vector<std::string> columns_for(std::span<const Trial> trials) {
        auto columns = parameter_columns(*db_);
        for (const Trial& trial : trials)
            for (const auto& [name, value] : trial.configuration)
                if (std::find(columns.begin(), columns.end(), name) == columns.end()) {
                    db_->run("ALTER TABLE trials ADD COLUMN " + study::quoted(name));
                    columns.push_back(name);
                }
        return columns;
    }

    static void bind_value(Statement& statement, int parameter, const Value& value) {
        if (const auto* text = std::get_if<std::string>(&value)) statement.bind(parameter, std::string_view(*text));
        else if (const auto* whole = std::get_if<int64_t>(&value)) statement.bind(parameter, *whole);
        else statement.bind(parameter, std::get<double>(value));
    }

    Value read_value(const Statement& list, int column) const {
        switch (list.type(column)) {
        case Statement::Type::integer: return list.integer(column);
        case Statement::Type::real: return list.real(column);
        case Statement::Type::text: return list.text(column);
        default: db_->damaged("a hyperparameter is no number and no text");
        }
    }

    TrialState state_of(const std::string& word) const {
        try {
            return core::value_of<TrialState>("state", word);
        } catch (const UsageError& error) {
            db_->damaged(error.what());
        }
    }

    // In the order of the space, as samplers give it.
    Configuration configuration(const Statement& list, const std::vector<std::string>& columns) const {
        Configuration settings;
        const auto take = [&](const std::string& name) {
            const auto column = std::find(columns.begin(), columns.end(), name);
            if (column == columns.end()) return;
            const int at = row_parameters + static_cast<int>(column - columns.begin());
            if (!list.is_null(at)) settings.emplace_back(name, read_value(list, at));
        };
        for (const Parameter& p : settings_.space.parameters()) take(p.name);
        for (const std::string& column : columns)
            if (!settings_.space.find(column)) take(column);
        return settings;
    }

    TrialRow row(const Statement& list, const std::vector<std::string>& columns, const std::vector<Run>& runs, bool curves) const {
        TrialRow row;
        const TrialId id = list.integer(row_id);
        const int64_t round = list.integer(row_round);
        const std::string what = "trial " + std::to_string(id);
        if (id < 0 || round < 0 || round > std::numeric_limits<int32_t>::max()) db_->damaged(what + " has an impossible id or round");
        try {
            row.trial = make_trial(settings_, id, static_cast<int32_t>(round), configuration(list, columns));
        } catch (const UsageError& error) {
            db_->damaged(what + ": " + error.what());
        }
        row.result.id = id;
        if (list.is_null(row_state)) return row;
        row.result.state = state_of(list.text(row_state));
        row.score = {list.real(row_badness), list.real(row_loss)};
        if (!list.is_null(row_metric)) row.metric = list.real(row_metric);
        const int64_t best = list.integer(row_best_epoch), epochs = list.integer(row_epochs);
        if (epochs < 0 || epochs > std::numeric_limits<int32_t>::max() || best < -1 || best >= epochs) db_->damaged(what + " has impossible epochs");
        row.epochs = static_cast<int32_t>(epochs);
        row.result.best_epoch = static_cast<int32_t>(best);
        row.result.seconds = list.real(row_seconds);
        read_times(*db_, list, runs, row);
        if (curves) {
            row.result.curve = values_of<EpochLosses>(list.blob(row_curve), *db_, "the curve of " + what);
            if (static_cast<int64_t>(row.result.curve.size()) != epochs) db_->damaged("the curve of " + what + " has a wrong length");
        }
        return row;
    }

    std::unique_ptr<WriterLock> lock_; // released after the file is closed
    std::unique_ptr<Database> db_;
    StudyHeader header_;
    SweepSettings settings_;
    Kept kept_;
    std::optional<int32_t> run_; ///< that results are recorded as; empty: nobody said
};

} // namespace

} // namespace study

std::unique_ptr<Study> Study::create(const std::string& path, const StudyHeader& header) {
    const SweepSettings settings = settings_from_json(header.settings); // before there is a file that nobody could open
    if (settings.initial.hash != (header.initial ? hash_of(*header.initial) : std::string()))
        throw UsageError("the model in the header of a new study is not the one that its settings name");
    if (header.keep_weights < 1) throw UsageError("keep_weights: " + std::to_string(header.keep_weights) + " is not allowed; at least 1");
    auto lock = std::make_unique<study::WriterLock>(path);
    study::create_file(path, header);
    auto db = study::open_to_write(path);
    return std::make_unique<study::StudyFile>(std::move(lock), std::move(db));
}

std::unique_ptr<Study> Study::open(const std::string& path) {
    study::require_file(path); // no lock file beside what is no study
    auto lock = std::make_unique<study::WriterLock>(path);
    auto db = study::open_to_write(path);
    return std::make_unique<study::StudyFile>(std::move(lock), std::move(db));
}

std::unique_ptr<Study> Study::read(const std::string& path) {
    return std::make_unique<study::StudyFile>(nullptr, study::open_to_read(path));
}

std::vector<TrialRow> Study::trials(const TrialQuery& query) const {
    std::vector<TrialRow> rows;
    each_trial(query, [&](TrialRow row) { rows.push_back(std::move(row)); });
    return rows;
}

Score score(const EpochLosses& epoch, Metric metric) {
    const double value = epoch.valid_metric;
    if (!std::isfinite(value)) return {};
    Score score;
    score.badness = (higher_is_better(metric) ? -value : value) + 0.0; // no -0: SQLite would give back 0
    score.loss = std::isnan(epoch.valid_loss) ? std::numeric_limits<double>::infinity() : static_cast<double>(epoch.valid_loss) + 0.0;
    return score;
}

Score score(const TrialResult& result, Metric metric) {
    const bool usable = result.state != TrialState::diverged && result.best_epoch >= 0 &&
                        static_cast<size_t>(result.best_epoch) < result.curve.size();
    return usable ? score(result.curve[static_cast<size_t>(result.best_epoch)], metric) : Score{};
}

} // namespace caviar
