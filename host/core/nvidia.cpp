#include "host/core/nvidia.h"

#include <algorithm>
#include <charconv>
#include <filesystem>

namespace caviar {

std::vector<std::string> nvidia_device_files(const std::string& folder) {
    constexpr std::string_view prefix = "nvidia"; // and digits alone: nvidiactl and nvidia-uvm are of no GPU
    std::vector<std::pair<int, std::string>> found;
    std::error_code error;
    for (auto entry = std::filesystem::directory_iterator(folder, error); !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        int number = 0;
        if (!name.starts_with(prefix)) continue;
        const auto [end, problem] = std::from_chars(name.data() + prefix.size(), name.data() + name.size(), number);
        if (problem == std::errc() && end == name.data() + name.size() && number >= 0) found.emplace_back(number, entry->path().string());
    }
    std::sort(found.begin(), found.end());
    std::vector<std::string> files;
    for (auto& [number, file] : found) files.push_back(std::move(file));
    return files;
}

} // namespace caviar
