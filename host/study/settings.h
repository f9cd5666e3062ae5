#pragma once
/// The members of the settings, each named once, for writing and reading alike.

#include "caviar/sweep.h"
#include "host/study/json_archive.h"

namespace caviar::study {

template <class A, Either<Hyperparameters> T> void members(A& a, T& h) {
    a("optimizer", h.optimizer);
    a("learning_rate", h.learning_rate);
    a("momentum", h.momentum);
    a("beta2", h.beta2);
    a("epsilon", h.epsilon);
    a("weight_decay", h.weight_decay);
    a("dropout", h.dropout);
    a("batch_size", h.batch_size);
    a("schedule", h.schedule);
    a("decay", h.decay);
    a("decay_factor", h.decay_factor);
    a("decay_epochs", h.decay_epochs);
    a("cycle_epochs", h.cycle_epochs);
    a("floor", h.floor);
    a("t0", h.t0);
    a("warmup", h.warmup);
    a("momentum_low", h.momentum_low);
    a("hidden", h.hidden);
    a("activation", h.activation);
    a("init", h.init);
    a("init_scale", h.init_scale);
    a("zero_output", h.zero_output);
    a("scaling", h.scaling);
    a("variance_kept", h.variance_kept);
    a("epochs", h.epochs);
    a("patience", h.patience);
    a("patience_from", h.patience_from);
    a("patience_factor", h.patience_factor);
    a("seed", h.seed);
}

template <class A, Either<ReadOptions> T> void members(A& a, T& r) {
    a("header", r.header);
    a("delimiter", r.delimiter);
    a("labels", r.labels);
    a("as_text", r.as_text);
    a("missing", r.missing);
    a("max_bytes", r.max_bytes);
}

template <class A, Either<Folds> T> void members(A& a, T& f) {
    a("count", f.count);
    a("valid", f.valid);
}

template <class A, Either<PrepareOptions> T> void members(A& a, T& p) {
    a("target", p.target);
    a("task", p.task);
    a("valid_share", p.valid_share);
    a("test_share", p.test_share);
    a("seed", p.seed);
    a("drop", p.drop);
    a("scalings", p.scalings);
    a("max_levels", p.max_levels);
    a.optional("folds", p.folds);
}

template <class A, Either<std::pair<std::string, Value>> T> void members(A& a, T& setting) {
    a("name", setting.first);
    a("value", setting.second);
}

/// Its distribution as text, which reads back to the same.
template <class A, Either<WarmStart::Side> T> void members(A& a, T& side) {
    std::string text = to_string(side.distribution);
    a("name", side.name);
    a("distribution", text);
    if constexpr (!std::is_const_v<T>) side.distribution = parse_distribution(text);
}

template <class A, Either<WarmStart> T> void members(A& a, T& w) {
    a("from", w.from);
    a("first", w.first);
    a("box", w.box);
    a("box_trials", w.box_trials);
    a.optional("map", w.map);
}

template <class A, Either<SamplerOptions> T> void members(A& a, T& s) {
    a("name", s.name);
    a("seed", s.seed);
    a("trials", s.trials);
    a("rounds", s.rounds);
    a("points", s.points);
    a("explore", s.explore);
    a.optional("draw", s.draw, std::string("random"));
    a.optional("plan", s.plan);
    a.optional("round_size", s.round_size);
    a.optional("warm_start", s.warm_start);
}

template <class A, Either<SchedulerOptions> T> void members(A& a, T& s) {
    a("name", s.name);
    a("eta", s.eta);
    a("min_epochs", s.min_epochs);
    a("workers", s.workers);
    a("quantile", s.quantile);
}

template <class A, Either<ConfirmOptions> T> void members(A& a, T& c) {
    a("settings", c.settings);
    a("seeds", c.seeds);
}

template <class A, Either<Condition> T> void members(A& a, T& c) {
    a("parameter", c.parameter);
    a("values", c.values);
}

/// A parameter of the space as JSON holds it: flat, the kind of its distribution as a word.
struct ParameterText {
    std::string name, kind;
    double low = 0, high = 0;
    std::vector<Value> choices;
    std::optional<Condition> when;
};

template <class A, Either<ParameterText> T> void members(A& a, T& p) {
    a("name", p.name);
    a("kind", p.kind);
    a("low", p.low);
    a("high", p.high);
    a("choices", p.choices);
    a("when", p.when);
}

template <class A, Either<Initial> T> void members(A& a, T& i) {
    a("file", i.file);
    a("hash", i.hash);
}

/// SweepSettings with the space as a list.
struct SettingsText {
    int32_t version = 1;
    SweepSettings settings;
    std::vector<ParameterText> space;
};

template <class A, Either<SettingsText> T> void members(A& a, T& t) {
    auto& s = t.settings;
    a("caviar_settings", t.version);
    a("data", s.data);
    a("valid_file", s.valid_file);
    a("test_file", s.test_file);
    a.optional("valid_labels", s.valid_labels);
    a.optional("test_labels", s.test_labels);
    a("read", s.read);
    a("prepare", s.prepare);
    a("loss", s.loss);
    a("metric", s.metric);
    a("space", t.space);
    a("defaults", s.defaults);
    a("sampler", s.sampler);
    a.optional("scheduler", s.scheduler);
    a.optional("confirm", s.confirm);
    a.optional("repeats", s.repeats, 1);
    a("keep_weights", s.keep_weights);
    a.optional("initial", s.initial);
}

/// In which settings `ours` differs from the study's: "space[2].low, defaults.epochs". Where the data is and how its file is
/// read are left out, as the fingerprint speaks for the data; the budget too, as it may grow. Empty where nothing differs.
std::string differences(const SweepSettings& study, const SweepSettings& ours);

} // namespace caviar::study
