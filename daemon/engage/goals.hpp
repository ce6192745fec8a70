#pragma once
// The site's goals, asked by the store about each conversion: a goal per [[conversion]], by the rules of
// attribution.hpp. Pure; any thread.

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "config/conversion_settings.hpp"
#include "engage/attribution.hpp"
#include "store/attribution.hpp"

namespace chapar::engage {

struct NamedGoal {
    std::string name;
    Goal goal;
};

class Goals final : public store::Attributor {
  public:
    explicit Goals(std::vector<NamedGoal> goals) : goals_(std::move(goals)) {}
    std::vector<std::vector<store::Credited>> attribute(std::span<const store::KeptConversion> conversions,
                                                        std::span<const store::TouchedMessage> touches) const override;

  private:
    std::vector<NamedGoal> goals_;
};

/// Those of an application. Settings that were checked.
std::shared_ptr<const Goals> goals_of(const std::vector<config::ConversionSettings>& settings,
                                      std::string_view application);

/// The touches of one person as the rules of credit look at them.
std::vector<Touch> touches_of(std::span<const store::TouchedMessage> touched);

}  // namespace chapar::engage
