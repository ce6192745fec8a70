#include "web/networks.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "base/log.hpp"

namespace chapar::web {
namespace {

constexpr std::uintmax_t largest_file = 64U << 20;

std::vector<std::filesystem::path> network_files(const std::string& folder) {
    std::vector<std::filesystem::path> out;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error))
        if (entry.path().extension() == ".txt" && !entry.path().filename().string().starts_with('.'))
            out.push_back(entry.path());
    std::ranges::sort(out);
    return out;
}

}  // namespace

engage::Networks read_networks(const std::string& folder) {
    engage::NetworkReader reader;
    for (const auto& path : network_files(folder)) {
        std::error_code error;
        const auto size = std::filesystem::file_size(path, error);
        std::ifstream in(path, std::ios::binary);
        if (error || !in || size > largest_file) {
            log::warning("web.networks", "{} can't be read; it counts for nothing", log::Field("file", path.string()));
            continue;
        }
        const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
        for (const auto& flaw : reader.read(path.filename().string(), text))
            log::warning("web.networks", "{}; nothing of the file is taken", flaw);
    }
    return reader.build();
}

}  // namespace chapar::web
