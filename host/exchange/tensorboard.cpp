#include "host/exchange/tensorboard.h"

#include "caviar/sweep.h"
#include "host/core/value.h"
#include "host/exchange/draft.h"
#include "host/exchange/event_file.h"

#include <algorithm>
#include <set>

namespace caviar::exchange {

namespace {

using core::Message;

// Field numbers are those of tensorboard/plugins/hparams/plugin_data.proto and api.proto, and of google/protobuf/struct.proto.

enum DataType : int { text_type = 1, number_type = 3 };
enum Status : int { succeeded = 1, failed = 2 };

/// Numbers only where all of its values are: a column of the table has one type.
bool numeric(const Parameter& p) {
    const auto& choices = p.distribution.choices;
    return std::all_of(choices.begin(), choices.end(), [](const Value& v) { return core::as_double(v).has_value(); });
}

/// google.protobuf.Value
Message protobuf_value(const Value& value, bool as_number) {
    const auto number = core::as_double(value);
    return as_number && number ? Message().fixed(2, *number) : Message().text(3, to_string(value));
}

Message hyperparameter_info(const Parameter& p) {
    Message info;
    info.text(1, p.name).text(3, field(p.name).help).number(4, numeric(p) ? number_type : text_type);
    if (p.distribution.numeric()) return info.message(6, Message().fixed(1, p.distribution.low).fixed(2, p.distribution.high));
    Message list;
    std::set<std::string> once;
    for (const Value& choice : p.distribution.choices)
        if (once.insert(to_string(choice)).second) list.message(1, protobuf_value(choice, numeric(p)));
    return info.message(5, list);
}

Message metric_info(const std::string& tag, const std::string& name) {
    return Message().message(1, Message().text(2, tag)).text(3, name).number(5, 2); // DATASET_VALIDATION
}

Message plugin_data(uint32_t kind, const Message& content) { return Message().message(kind, content); }

class Board {
public:
    Board(const Study& study, const std::string& folder, double time)
        : settings_(settings_from_json(study.header().settings)), metric_(to_string(study.header().metric)), folder_(folder), time_(time) {
        Message experiment;
        experiment.text(1, study.path()).fixed(3, time);
        for (const Parameter* p : settings_.space.varying()) experiment.message(4, hyperparameter_info(*p));
        experiment.message(5, metric_info("best/" + metric_, metric_)).message(5, metric_info("best/loss", "loss"));
        EventFile file(folder, time);
        file.hyperparameters(time, "_hparams_/experiment", plugin_data(2, experiment));
        file.close();
    }

    void add(const TrialRow& row) const {
        const std::string name = "trial-" + std::to_string(row.trial.id);
        const TrialResult& result = row.result;
        const double began = result.dated() ? result.began : time_, ended = result.dated() ? result.ended : time_ + result.seconds;
        EventFile file(folder_ + "/" + name, began);
        Message start;
        for (const auto& [key, value] : row.trial.configuration)
            if (const Parameter* p = settings_.space.find(key); p && p->distribution.kind != DistributionKind::constant)
                start.message(1, Message().text(1, key).message(2, protobuf_value(value, numeric(*p)))); // an entry of a map
        start.text(4, name).fixed(5, began);
        file.hyperparameters(began, "_hparams_/session_start_info", plugin_data(3, start));

        const auto epochs = static_cast<int64_t>(row.result.curve.size());
        const auto after = [&](int64_t epoch) { return began + (ended - began) * static_cast<double>(epoch + 1) / static_cast<double>(epochs); };
        for (int64_t epoch = 0; epoch < epochs; ++epoch) point(file, row, epoch, after(epoch), "train/loss", "valid/");
        if (row.result.best_epoch >= 0) point(file, row, row.result.best_epoch, after(row.result.best_epoch), "", "best/");

        const Status status = row.result.state == TrialState::diverged ? failed : succeeded;
        file.hyperparameters(ended, "_hparams_/session_end_info", plugin_data(4, Message().number(1, status).fixed(2, ended)));
        file.close();
    }

private:
    void point(EventFile& file, const TrialRow& row, int64_t epoch, double time, const std::string& train, const std::string& valid) const {
        const EpochLosses& losses = row.result.curve[static_cast<size_t>(epoch)];
        if (!train.empty()) file.scalar(time, epoch, train, losses.train_loss);
        file.scalar(time, epoch, valid + "loss", losses.valid_loss);
        file.scalar(time, epoch, valid + metric_, losses.valid_metric);
    }

    SweepSettings settings_;
    std::string metric_, folder_;
    double time_;
};

} // namespace

int64_t export_tensorboard(const Study& study, const Selection& selection, const std::string& path, double time) {
    Draft draft(path);
    const Board board(study, draft.path(), time);
    const int64_t count = each_selected(study, selection, [&](const TrialRow& row) { board.add(row); });
    draft.keep();
    return count;
}

} // namespace caviar::exchange
