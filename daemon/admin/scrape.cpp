#include "admin/scrape.hpp"

#include <filesystem>

namespace chapar::admin {

std::string Scrape::text() const {
    if (const auto counts = store_.counts()) {
        std::vector<std::pair<metrics::Labels, double>> by_state;
        for (int s = 0; s < model::state_count; ++s) {
            by_state.push_back({{{"state", std::string(model::name(static_cast<model::State>(s)))}},
                                static_cast<double>(counts->by_state[s])});
        }
        metrics_.replace("messages", "Messages in the store, by state", std::move(by_state));
    }
    std::vector<std::pair<metrics::Labels, double>> sizes, lags;
    for (const auto& [name, suffix] : {std::pair("database", ""), std::pair("wal", "-wal")}) {
        std::error_code missing;
        const auto bytes = std::filesystem::file_size(database_ + suffix, missing);
        sizes.push_back({{{"file", name}}, missing ? 0.0 : static_cast<double>(bytes)});
    }
    metrics_.replace("store_bytes", "Size of the store's files.", std::move(sizes));
    metrics_.gauge("store_cache_bytes", "Memory in the store's page caches; it grows with the store up to a limit.", {})
        .set(static_cast<double>(store_.cache_bytes()));
    for (const auto& [name, lag] : lags_())
        lags.push_back({{{"loop", name}}, std::chrono::duration<double>(lag).count()});
    metrics_.replace("loop_lag_seconds", "How late a loop of the daemon is; 15 s is stuck.", std::move(lags));
    metrics_.gauge("build_info", "Always 1; the version is a label", {{"version", version_}}).set(1);
    return metrics_.text() + process_metrics();
}

}  // namespace chapar::admin
