#include "host/exchange/optuna_export.h"

#include "caviar/error.h"
#include "host/exchange/draft.h"
#include "host/exchange/optuna_file.h"

#include <filesystem>

namespace caviar::exchange {

namespace {

using Maker = std::unique_ptr<OptunaFile> (*)(const std::string&, const OptunaStudy&);

Maker maker_for(const std::string& path) {
    const std::string extension = std::filesystem::path(path).extension().string();
    if (extension == ".db" || extension == ".sqlite" || extension == ".sqlite3") return make_optuna_database;
    if (extension == ".log" || extension == ".journal") return make_optuna_journal;
    throw UsageError(path + ": Optuna has two kinds of file: a database, NAME.db, NAME.sqlite or NAME.sqlite3, and a journal, NAME.log or NAME.journal");
}

} // namespace

void check_optuna_name(const std::string& path) { maker_for(path); }

int64_t export_optuna(const Study& study, const Selection& selection, const std::string& path) {
    const Maker make = maker_for(path);
    Draft draft(path);
    const OptunaTranslation translate(study);
    auto file = make(draft.path(), optuna_study(study));
    const SweepSettings settings = settings_from_json(study.header().settings);
    const int64_t count = settings.cross_validates()
                              ? each_selected_setting(study, settings, selection, [&](std::span<const TrialRow> folds) { file->add(translate(folds)); })
                              : each_selected(study, selection, [&](const TrialRow& row) { file->add(translate(row)); });
    file->finish();
    file.reset();
    draft.keep();
    return count;
}

} // namespace caviar::exchange
