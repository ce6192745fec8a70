#pragma once
// The reference model of the policy: plain loops over everything that ever happened, after docs/policy.md. Nothing is
// cached, nothing is indexed. It shares the settings' types with the daemon and no code.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "feasts.hpp"
#include "model/ledger.hpp"
#include "model/message.hpp"
#include "wall.hpp"

namespace chapar::reference {

struct Amount {
    std::int32_t segments = 1;
    std::int64_t cost = 0;
};

/// A message with all that the rules may ask of it.
struct Envelope {
    MessageKey key{};
    std::string application, class_name, category, campaign, sender, recipient, household, data_value;
    std::vector<std::string> tags;
    std::vector<model::PlanStep> plan;
    std::vector<Amount> amounts;  // one for each step
    int step = 0;
    double value = 0;
    bool is_test = false;
    Timestamp accepted_at{}, send_at{}, expires_at{};
    std::string device_zone, person_zone, phone, phone_zone;
    std::string dedupe_key, collapse_key;
    Milliseconds dedupe_window{};
    std::vector<config::Span> own_quiet;  // every day
    std::string own_quiet_json;
};

/// One hand-over, as it was: the judge's own list, not the store's.
struct HandOver {
    Timestamp at{};
    MessageKey key{};
    model::Kind kind;
    Amount amount;
    model::UseState state = model::UseState::reserved;
    std::set<std::string> scopes;  // by name, such as "person shop/ali"
};

struct Answer {
    model::Ruling::Action action = model::Ruling::Action::go;
    int step = 0;
    Timestamp due{};
    model::Event event = model::Event::suppress;
    model::Reason reason = model::Reason::handed_over;  // of the first thing that kept it
    std::set<std::string> scopes;
    std::set<MessageKey> displaced, collected;
    std::map<MessageKey, model::Reason> left_out;  // of the digest: these end
    std::string joins;                             // the group that it waits in
};

struct Waiting {
    std::string group;
    int priority = 0;
    double value = 0;
    MessageKey key{};
};

/// What one plan step may do now.
struct Word {
    enum class Kind { free, shut, wait, over } kind = Kind::free;  // over: the message ends here
    model::Reason reason = model::Reason::handed_over;
    Timestamp due{};
    model::Event event = model::Event::suppress;
    std::vector<std::vector<std::string>> switch_lists;  // not empty: it switches, to channels on each of these
    std::set<MessageKey> displaced, collected;
    std::map<MessageKey, model::Reason> left_out;
    std::set<std::string> contents;  // of those collected
    std::string joins;
};

/// All facts, and the judgement over them.
class Reference {
  public:
    Answer judge(const Envelope& message, Timestamp now) const;

    // What happens afterwards.
    void handed_over(const Envelope& message, const Answer& answer, Timestamp now);
    void set_state(MessageKey key, model::UseState state, bool reserved_only = true);
    void give_back(MessageKey key);
    /// 0 is the most important.
    int priority_of(const Envelope& message) const {
        return static_cast<int>(settings.classes.at(message.class_name).priority);
    }

    config::Settings settings;
    std::vector<HandOver> history;
    std::vector<model::Consent> words;
    std::vector<model::Suppression> suppressed;
    std::map<std::pair<std::string, std::string>, Timestamp> purchases;  // (application, recipient): the one event
    std::map<MessageKey, model::State> states;
    std::map<MessageKey, Waiting> waiting;
    std::map<MessageKey, const Envelope*> everybody;
    std::map<MessageKey, std::set<MessageKey>> carried;  // by the digests' leaders
    std::map<std::string, std::vector<Feast>> calendars;
    int limit_is_wrong_by = 0;  // mistakes on purpose, for the negative controls
    std::string mistake;
    mutable std::map<std::string, int> seen;  // what came up while judging

  private:
    Answer switched(const Envelope& message, Timestamp now, int step, const Word& word, Answer answer) const;
};

Word shut_for(model::Reason reason);
Word ended(model::Reason reason, model::Event event = model::Event::suppress);

/// The look of one message on one channel at the facts. Parts of Reference::judge, one for each gate.
class Look {
  public:
    Look(const Reference& facts, const Envelope& message, int step, Timestamp now)
        : facts_(facts), message_(message), step_(step), now_(now) {}
    Word word() const;
    Word own_word() const;                 // of the gates before quiet hours
    std::set<std::string> scopes() const;  // that it takes a slot under

  private:
    const config::ClassSettings& class_of(const std::string& name) const { return facts_.settings.classes.at(name); }
    const model::PlanStep& way() const { return message_.plan[static_cast<std::size_t>(step_)]; }
    Amount amount() const { return message_.amounts[static_cast<std::size_t>(step_)]; }
    std::string owner() const;
    std::string person() const;
    std::string content() const;
    std::string scope_of(const config::CapSettings& cap) const;
    bool is_otp() const { return message_.class_name == "otp"; }

    bool has_consent() const;
    bool is_suppressed() const;
    bool is_duplicate() const;
    struct QuietSpan {
        Timestamp from, to;
        const config::QuietSettings* rule;  // nullptr: the person's own
        bool zone_is_known;
        bool is_holiday = false;
    };
    bool is_holiday(const config::QuietSettings& rule, std::int64_t day) const;
    std::vector<QuietSpan> spans_of(const config::QuietSettings& rule, const Wall& clock, Timestamp at) const;
    std::vector<QuietSpan> quiet_around(Timestamp at) const;
    Word quiet() const;
    Word caps() const;
    std::vector<const config::CapSettings*> matching() const;
    std::vector<const HandOver*> counted(const config::CapSettings& cap) const;
    bool counts_now(const config::CapSettings& cap, const HandOver& use) const;
    std::int64_t size(const config::CapSettings& cap, const Amount& amount) const;
    std::int64_t limit(const config::CapSettings& cap) const;
    bool reached(const config::CapSettings& cap) const;
    std::optional<Timestamp> next(const config::CapSettings& cap) const;
    std::string group(const config::CapSettings& cap) const;
    std::set<MessageKey> others(const config::CapSettings& cap) const;  // that wait in its group
    Timestamp collects_until(const config::CapSettings& cap) const;
    void ask_the_others(const std::set<MessageKey>& waiting, Word& word) const;
    void ask_again_who_is_carried(Word& word) const;
    std::optional<model::Reason> refused_by_this_way(const Envelope& other) const;
    bool has_slot(const config::CapSettings& cap) const;
    Word with_others(const std::vector<const config::CapSettings*>& rules) const;
    std::optional<Word> last_slot(const std::vector<const config::CapSettings*>& rules) const;
    Word over(const std::vector<const config::CapSettings*>& full, bool may_displace) const;
    std::optional<std::set<MessageKey>> displaceable(const std::vector<const config::CapSettings*>& full) const;
    const Wall& budget_wall(const config::CapSettings& cap) const;
    const Wall* chain(const std::vector<std::string>& names) const;

    const Reference& facts_;
    const Envelope& message_;
    int step_;
    Timestamp now_;
};

/// Under which newer messages replace older ones; empty: they do not.
inline std::string collapse_name(const Envelope& message) {
    if (message.collapse_key.empty()) return {};
    return message.application + "/" + message.recipient + "/" + message.collapse_key;
}
bool matches(const config::Match& match, const model::Kind& kind);
model::Kind kind_of(const Envelope& message, int step);

}  // namespace chapar::reference
