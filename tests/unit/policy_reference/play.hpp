#pragma once
// One random story, told to the reference and to the real thing at once.

#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "generator.hpp"
#include "real.hpp"

namespace chapar::reference {

/// Which number stands for which of the reference's names; learnt from what is reserved together.
class Names {
  public:
    /// A difference in words, or nothing.
    std::optional<std::string> learn(const std::set<std::string>& names, const std::set<model::Scope>& numbers);
    std::optional<model::Scope> number(const std::string& name) const;
    /// Every name that is known by now.
    std::map<std::string, model::Scope> known() const;

  private:
    std::map<std::string, std::set<model::Scope>> may_be_;
};

struct Plan {
    std::uint64_t seed = 1;
    int decisions = 80;
    std::set<std::string> without;  // rules that are left out, to find the ones that matter
    bool checks_uses = false;       // compares every scope after each step, and restarts now and then
    int limit_is_wrong_by = 0;      // mistakes on purpose
    int forgets_every = 0;
    std::string mistake;
};

struct Told {
    int decisions = 0;
    std::map<std::string, int> seen;  // how often each action and reason came, so that a test can ask for variety
    std::map<int, int> rounds;        // how many decisions took so many rounds of reading
    std::string difference;           // empty: none
    int restarts = 0, kills = 0, over_cap = 0, leaked = 0;
};

using MakeReal = std::function<std::unique_ptr<Real>()>;
Told play(const Plan& plan, const MakeReal& make);
/// Plays it again with fewer and fewer rules, and tells the smallest story that still differs.
std::string minimised(Plan plan, const MakeReal& make);

}  // namespace chapar::reference
