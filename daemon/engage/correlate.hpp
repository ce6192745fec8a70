#pragma once
// What hits on one message say of each other: bursts, decoys, a person before. In memory only, ten minutes, bounded;
// addresses are in here as the block they are in and nowhere else. Not synchronised; one owner.

#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "engage/score.hpp"

namespace chapar::engage {

class Correlator {
  public:
    struct Limits {
        std::size_t messages = 100'000;  // the oldest is forgotten for a new one
        std::size_t hits = 64;           // of one message; of more the oldest goes
    };
    static constexpr Milliseconds window{600'000}, burst_within{10'000}, decoy_within{60'000};
    static constexpr std::size_t burst_links = 3;

    struct Hit {
        MessageKey message;
        std::int64_t id = 0;  // the caller's
        std::uint16_t link = 0;
        std::uint16_t links = 0;    // how many the message has
        bool is_decoy = false;      // a hit on a link that nobody sees
        std::uint64_t network = 0;  // neighbourhood() of its address
        HitKind kind = HitKind::open;
        Timestamp at{};
    };
    /// An earlier hit that is seen in another light now.
    struct Change {
        std::int64_t id = 0;
        std::uint8_t marks = 0;  // to be set in its features
        bool operator==(const Change&) const = default;
    };
    struct Found {
        std::uint8_t marks = 0;  // of this hit
        std::vector<Change> earlier{};
    };

    Correlator() : Correlator(Limits{}) {}
    explicit Correlator(Limits limits) : limits_(limits) {}
    /// Times may go back a little; a hit is compared with all that are kept of its message.
    Found add(const Hit& hit);
    /// What became of a hit, so that later ones know of a person.
    void judged(MessageKey message, std::int64_t id, Verdict by);
    void forget_until(Timestamp now);
    std::size_t messages() const { return messages_.size(); }

  private:
    struct Kept {
        Hit hit;
        std::uint8_t marks = 0;
        bool is_human = false;
    };
    struct Message {
        std::vector<Kept> hits;
        Timestamp last{};
    };
    static void mark_bursts(std::vector<Kept>& hits, const Hit& hit);
    static void mark_decoys(std::vector<Kept>& hits, const Hit& hit);
    void make_room(const Hit& hit);
    Limits limits_;
    std::unordered_map<MessageKey, Message> messages_;
    struct Age {
        Timestamp at;
        MessageKey message;
    };
    std::deque<Age> ages_;  // one for each hit, in the order they came
};

}  // namespace chapar::engage
