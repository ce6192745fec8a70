/// A mail becomes what is told to the host, and the answer whether that is durable. Any thread.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bounce/receiver/settings.hpp"
#include "chapar/plugin.hpp"

namespace chapar::bounce {

class Intake {
  public:
    /// `settings` must outlive it.
    Intake(Host host, const Settings& settings) : host_(host), settings_(settings) {}

    /// `done` runs once, here or on the instance's strand: true when all that was told is durable, or when there was
    /// nothing to tell; false: it has to come again.
    void take(std::string_view mail, std::span<const std::string> envelope, std::function<void(bool)> done) const;

  private:
    std::vector<Event> noes_of_mail(const std::vector<std::string>& attempts) const;
    std::vector<Event> events_of_mail(std::string_view mail, std::span<const std::string> envelope) const;

    Host host_;
    const Settings& settings_;
};

}  // namespace chapar::bounce
