#pragma once
// Random settings, people and messages from a seed.

#include <random>

#include "reference.hpp"

namespace chapar::reference {

class Dice {
  public:
    explicit Dice(std::uint64_t seed) : random_(seed) {}
    std::int64_t below(std::int64_t n) { return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(n)); }
    std::int64_t between(std::int64_t low, std::int64_t high) { return low + below(high - low + 1); }
    bool one_in(std::int64_t n) { return below(n) == 0; }
    template <class List>
    auto pick(const List& list) {
        return *(std::begin(list) + below(static_cast<std::int64_t>(std::size(list))));
    }
    /// Each of the list with a chance of one in `n`.
    std::vector<std::string> some(const std::vector<std::string>& list, std::int64_t n) {
        std::vector<std::string> out;
        for (const auto& entry : list)
            if (one_in(n)) out.push_back(entry);
        return out;
    }

  private:
    std::mt19937_64 random_;
};

/// A moment within days of a change of clocks, somewhere.
Timestamp near_a_change(Dice& dice);
/// `crowd`: few people, and a first rule under which messages meet: in a digest, for a last slot, in each other's
/// place.
config::Settings make_settings(Dice& dice, Timestamp around, bool crowd);
Envelope make_message(Dice& dice, bool crowd, MessageKey key, Timestamp now);
/// Days of a calendar, most of them near.
std::vector<Feast> make_feasts(Dice& dice, Timestamp around);
model::Consent make_consent(Dice& dice, bool crowd, Timestamp now);
model::Suppression make_suppression(Dice& dice, Timestamp now);
std::string text_of(const config::Settings& settings);
std::string text_of(const Envelope& message);
std::string text_of(const HandOver& use);
std::string text_of(Timestamp at);

/// The calendar that quiet rules may name.
inline const std::string feasts_name = "feasts";
inline const std::vector<std::string> people = {"ali", "zahra", "mary", "sina"};
inline const std::vector<std::string> applications = {"shop", "bank"};
inline const std::vector<std::string> channels = {"sms", "email", "push"};

}  // namespace chapar::reference
