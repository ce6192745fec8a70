#pragma once
// What the tests of caps share.

#include "world.hpp"

namespace chapar::policy::test {

class Caps : public World {
  protected:
    config::CapSettings& add(config::CapSettings cap) { return settings.caps.emplace_back(std::move(cap)); }
    Timestamp due(const Message& m) {
        const auto decision = ask(m);
        EXPECT_EQ(decision.ruling.action, Action::wait);
        return decision.ruling.due;
    }
    Message& by(std::string channel) {
        auto& m = message();
        set_plan(m, {{channel, channel + " of ali", {}, {}, {}}});
        return m;
    }
};

}  // namespace chapar::policy::test
