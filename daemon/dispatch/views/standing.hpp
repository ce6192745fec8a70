#pragma once
// How the routes stand, for other threads: swapped whole about once a second.
//
// Threads: `publish` on the dispatch strand; the questions from any.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dispatch/active_config.hpp"
#include "dispatch/routing/router.hpp"
#include "model/trace.hpp"

namespace chapar::dispatch {

class Standing {
  public:
    explicit Standing(const Clock& clock) : clock_(clock) {}

    void publish(const Router& router, const ActiveConfig& config);
    /// Says in words why no message of this channel and class can go now; nullopt: a route is open.
    std::optional<model::TraceEntry> standstill(std::string_view channel, std::string_view class_name) const;
    /// A sentence for each channel none of whose routes can send now.
    std::vector<std::string> channels_down() const;

  private:
    struct OfRoute {
        std::string route, channel;
        std::vector<std::string> classes;  // empty: all
        std::optional<model::Reason> rests;
        std::string why;
    };
    const Clock& clock_;
    std::shared_ptr<const std::vector<OfRoute>> routes_;  // by std::atomic_load and std::atomic_store
};

}  // namespace chapar::dispatch
