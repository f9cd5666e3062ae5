#include "host/cli/data_place.h"

#include "host/cli/request.h"
#include "host/cli/spelling.h"
#include "host/study/in_memory.h"

#include <filesystem>

namespace caviar::cli {

namespace {

bool is_there(const std::filesystem::path& file) {
    std::error_code ignored;
    return std::filesystem::exists(file, ignored);
}

/// A file that is not where it is said to be: in `folder`, as a path from there or by its name alone.
std::string looked_for(const std::string& file, const std::filesystem::path& folder) {
    if (file.empty() || is_there(file)) return file;
    for (const auto& place : {folder / file, folder / std::filesystem::path(file).filename()}) // an absolute path stays what it is
        if (is_there(place)) return place.string();
    return file;
}

} // namespace

void require_data(const std::string& data, const std::string& hint) {
    std::vector<std::string> known = builtin_names();
    std::error_code error;
    if (is_builtin(data)) return;
    if (data == study::in_memory) throw UsageError("these are settings of a study of arrays, made in Python, and arrays are in no file: name the data, or search there, with caviar.sweep(X, y, ...)");
    if (const auto status = std::filesystem::status(data, error); std::filesystem::exists(status)) {
        if (std::filesystem::is_regular_file(status) || std::filesystem::is_directory(status)) return; // a folder: the reader says more
        throw UsageError(data + " is not a file but a pipe or a device; data are read more than once, so save them to a file first");
    }
    const std::filesystem::path folder = std::filesystem::path(data).parent_path();
    constexpr size_t most = 1000; // a guess is not worth reading a huge folder
    for (auto file = std::filesystem::directory_iterator(folder.empty() ? "." : folder, error);
         !error && file != std::filesystem::directory_iterator() && known.size() < most; file.increment(error)) {
        known.push_back((folder / file->path().filename()).string());
    }
    throw DataError(data + ": there is no such file" + suggestion(data, known) + hint);
}

std::string data_of(const Study& study, const SweepSettings& settings) {
    if (is_builtin(settings.data)) return settings.data;
    return looked_for(settings.data, std::filesystem::path(study.path()).parent_path());
}

Prepared load_again(const Study& study, SweepSettings& settings, const std::string& elsewhere, Context* context) {
    const std::string said = settings.data;
    if (study::is_in_memory(settings) && elsewhere.empty()) throw UsageError(study.path() + ": " + study::no_data(study));
    settings.data = elsewhere.empty() ? data_of(study, settings) : elsewhere;
    if (context != nullptr && elsewhere.empty() && settings.data != said)
        note(*context, "Data   " + said + " is not there; read from " + settings.data + ", beside the study");
    settings.initial.model = study.header().initial;
    require_data(settings.data, "; these are the data of " + study.path() + ": say where they are with --data FILE");
    for (std::string* file : {&settings.read.labels, &settings.valid_file, &settings.test_file, &settings.valid_labels, &settings.test_labels})
        *file = looked_for(*file, std::filesystem::path(settings.data).parent_path());
    return load(settings);
}

} // namespace caviar::cli
