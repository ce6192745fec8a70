#pragma once
// The parts of one story; used by play() alone.

#include <algorithm>
#include <sstream>

#include "play.hpp"

namespace chapar::reference {

using Action = model::Ruling::Action;
using model::Event;
using model::State;
using model::UseState;
using store::Slots;
using namespace std::chrono_literals;

/// A message and where it is in its life.
struct Live {
    Envelope message;
    State state = State::waiting;
    Timestamp leased_at{};
};

class Story {
  public:
    Story(const Plan& plan, const MakeReal& make)
        : plan_(plan), dice_(plan.seed), now_(near_a_change(dice_)), real_(make()) {
        real_->forgets_every = plan.forgets_every;
        facts_.mistake = plan.mistake;
        facts_.limit_is_wrong_by = plan.limit_is_wrong_by;
        reload();
    }

    Told tell() {
        while (told_.decisions < plan_.decisions && told_.difference.empty()) {
            move_time();
            something_else();
            decide();
            if (plan_.checks_uses && told_.difference.empty()) check_uses();
        }
        if (plan_.checks_uses && told_.difference.empty()) finish();
        for (const auto& [what, count] : facts_.seen)
            told_.seen[what] += count;
        told_.rounds = real_->rounds;
        return told_;
    }

  private:
    void reload() {
        crowd_ = dice_.one_in(2);
        facts_.settings = make_settings(dice_, now_, crowd_);
        facts_.calendars[feasts_name] = make_feasts(dice_, now_);
        write_calendar(feasts_name, facts_.calendars[feasts_name]);
        const auto left_out = [this](const auto& rule) { return plan_.without.contains(rule.name); };
        std::erase_if(facts_.settings.caps, left_out);
        std::erase_if(facts_.settings.quiet, left_out);
        auto compiled = policy::compile(facts_.settings);
        if (!compiled) return differ("does not compile: " + compiled.error().message());
        rules_ = *compiled;
    }

    void differ(const std::string& what) {
        if (!told_.difference.empty()) return;
        std::ostringstream out;
        out << "seed " << plan_.seed << ", decision " << told_.decisions << ", at " << text_of(now_) << ": " << what;
        told_.difference = out.str();
    }

    void move_time();
    void something_else();
    void settle(Live& live);
    void apply_settlement(Live& live, Event event, Slots slots, model::Verdict verdict);
    void late_word(Live& live);
    void move(Live& live, Event event, Slots slots = Slots::keep);
    void decide();
    void compare(Live& live, const policy::Decision& decision);
    void follow(Live& live, const Answer& answer);
    Live& somebody();
    void replace_older(const Live& live);
    void yield_to_newer(Live& live);
    void check_uses();
    void count_by_the_list(const Live& live);
    void end_all();
    void finish();
    void restart();

    Plan plan_;
    Dice dice_;
    Timestamp now_;
    std::unique_ptr<Real> real_;
    Reference facts_;
    std::shared_ptr<const policy::Rules> rules_;
    std::deque<Live> all_;
    std::vector<Timestamp> moments_;  // that answers named: to look at, and at one millisecond before
    Names names_;
    Told told_;
    std::int64_t last_key_ = 1000;
    bool crowd_ = false;
    std::map<std::string, MessageKey> newest_;  // by collapse scope
};

}  // namespace chapar::reference
