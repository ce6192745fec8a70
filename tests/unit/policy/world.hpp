#pragma once
// A ledger in memory and short ways to make subjects and rules, for the policy's tests.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "policy/decide.hpp"
#include "policy/zones.hpp"

namespace chapar::policy::test {

using model::Ruling;
using Action = Ruling::Action;
using namespace std::chrono_literals;

class FakeLedger final : public model::Ledger {
  public:
    void uses(model::Scope scope, Timestamp from, const std::function<bool(const model::Use&)>& visit) override {
        ++reads;
        if (lost.contains(scope)) damage = "the sending history";
        for (const auto& use : by_scope[scope])
            if (use.at >= from && !visit(use)) return;
    }
    const model::Kind& kind(model::KindId id) override { return kinds.at(static_cast<std::size_t>(id)); }
    model::KindId kind_id(const model::Kind& kind) override {
        const auto found = std::find(kinds.begin(), kinds.end(), kind);
        if (found != kinds.end()) return static_cast<model::KindId>(found - kinds.begin());
        kinds.push_back(kind);
        return static_cast<model::KindId>(kinds.size() - 1);
    }
    std::vector<model::Consent> consents(std::string_view application, std::string_view recipient) override {
        std::vector<model::Consent> out;
        for (const auto& word : said)
            if (word.application == application && word.recipient == recipient) out.push_back(word);
        return out;
    }
    std::vector<model::Suppression> suppressions(std::string_view channel, std::string_view address) override {
        std::vector<model::Suppression> out;
        for (const auto& row : suppressed)
            if ((row.channel == channel || row.channel == "*") && row.address == address) out.push_back(row);
        return out;
    }
    std::optional<Timestamp> last_event(std::string_view, std::string_view, std::string_view event) override {
        const auto found = events.find(event);
        return found == events.end() ? std::nullopt : std::optional(found->second);
    }
    std::string profile(std::string_view, std::string_view) override { return stored_profile; }
    std::vector<std::string> owners(std::string_view, std::string_view address) override {
        const auto found = owned.find(address);
        return found == owned.end() ? std::vector<std::string>() : std::vector<std::string>{found->second};
    }
    std::string take_damage() override { return std::exchange(damage, {}); }
    void note_damage(std::string_view what) override { damage = what; }
    std::optional<model::State> state_of(MessageKey key) override {
        const auto found = states.find(key);
        return found == states.end() ? std::nullopt : std::optional(found->second);
    }
    std::vector<model::Member> group(model::Scope scope) override {
        std::vector<model::Member> out;
        for (const auto& [key, member] : members)
            if (member.scope == scope) out.push_back(member);
        std::sort(out.begin(), out.end(),
                  [](const auto& a, const auto& b) { return a.rank != b.rank ? a.rank > b.rank : a.key < b.key; });
        return out;
    }

    bool kept(MessageKey key, const std::function<void(const model::Message&, int step)>& look) override {
        model::Message message;
        message.id = MessageId(key, 0);
        look(message, 0);
        return true;
    }
    std::vector<MessageKey> carried(MessageKey leader) override { return loads[leader]; }

    /// What the store does with a ruling.
    void apply(const Ruling& ruling, MessageKey key) {
        members.erase(key);
        if (ruling.join) members[key] = *ruling.join;
        if (ruling.action != Action::go) return;
        for (const auto& gone : ruling.displace)
            release(gone);
        for (const auto& collected : ruling.collect) {
            members.erase(collected);
            loads[key].push_back(collected);
        }
        for (const auto& left : ruling.leave_out) {
            members.erase(left.key);
            std::erase(loads[key], left.key);
        }
        release(key, true);
        for (auto slot : ruling.reserve) {
            auto& all = by_scope[slot.scope];
            if (ruling.kind) slot.use.kind = kind_id(*ruling.kind);
            const auto after = [](Timestamp at, const model::Use& use) { return at < use.at; };
            all.insert(std::upper_bound(all.begin(), all.end(), slot.use.at, after), slot.use);
        }
    }
    void release(MessageKey key, bool only_reserved = false) {
        for (auto& [scope, all] : by_scope) {
            std::erase_if(all, [&](const model::Use& use) {
                return use.key == key && (!only_reserved || use.state == model::UseState::reserved);
            });
        }
    }
    void settle(MessageKey key, model::UseState state) {
        for (auto& [scope, all] : by_scope)
            for (auto& use : all)
                if (use.key == key) use.state = state;
    }

    int reads = 0;
    std::map<model::Scope, std::vector<model::Use>> by_scope;
    std::deque<model::Kind> kinds;
    std::vector<model::Consent> said;
    std::vector<model::Suppression> suppressed;
    std::map<std::string, Timestamp, std::less<>> events;
    std::string stored_profile, damage;
    std::map<std::string, std::string, std::less<>> owned;  // addresses by those who own them
    std::set<model::Scope> lost;                            // whose uses are damaged
    std::map<MessageKey, model::State> states;
    std::map<MessageKey, model::Member> members;
    std::map<MessageKey, std::vector<MessageKey>> loads;  // what digests carry
};

/// A moment on the wall of a zone: local("Asia/Tehran", 2026, 11, 21, 8, 30).
inline Timestamp local(std::string_view name, int year, unsigned month, unsigned day, int hour = 0, int minute = 0) {
    const auto date = std::chrono::year(year) / static_cast<int>(month) / static_cast<int>(day);
    return zone(name)->at(std::chrono::sys_days(date).time_since_epoch().count(), hour * 60 + minute);
}
inline Timestamp tehran(int year, unsigned month, unsigned day, int hour = 0, int minute = 0) {
    return local("Asia/Tehran", year, month, day, hour, minute);
}

inline config::ClassSettings marketing() {
    config::ClassSettings cls;
    cls.name = "marketing";
    cls.priority = config::Priority::bulk;
    cls.requires_ = config::Requires::no_opt_out;
    return cls;
}
inline config::ClassSettings exempt(std::string name) {
    config::ClassSettings cls;
    cls.name = std::move(name);
    cls.priority = config::Priority::critical;
    cls.requires_ = config::Requires::none;
    cls.obeys_caps = cls.counts = cls.obeys_quiet = false;
    return cls;
}
inline config::CapSettings rolling_cap(std::string name, double limit, Milliseconds length) {
    config::CapSettings cap;
    cap.name = std::move(name);
    cap.limit = limit;
    cap.window.length = length;
    cap.horizon = 24h * 30;
    return cap;
}
inline config::CapSettings calendar_cap(std::string name, double limit, config::Window::Unit unit) {
    auto cap = rolling_cap(std::move(name), limit, 24h);
    cap.window.kind = config::Window::Kind::calendar;
    cap.window.unit = unit;
    return cap;
}
inline config::QuietSettings nights(int from = 21 * 60 + 30, int to = 8 * 60 + 30) {
    config::QuietSettings quiet;
    quiet.name = "nights";
    for (auto& day : quiet.weekly)
        day = {{from, to}};
    quiet.zone = {"device", "person", "country"};
    return quiet;
}

/// Settings, ledger and messages of one test.
class World : public testing::Test {
  protected:
    World() {
        for (const auto& cls : {marketing(), exempt("otp"), exempt("transactional")})
            settings.classes[cls.name] = cls;
        settings.policy.calendars_dir = CHAPAR_SOURCE_DIR "/config/calendars";
    }

    /// One message; views in `subject` point into it, so it does not move.
    struct Message {
        std::vector<model::PlanStep> plan{{"sms", "+989120000001", {}, {}, {}}};
        std::vector<std::string> tags;
        Subject subject;
    };
    Message& message(std::string_view class_name = "marketing") {
        auto& made = messages.emplace_back();
        auto& subject = made.subject;
        subject.key = MessageKey{++last_key};
        subject.application = "shop";
        subject.class_name = class_name;
        subject.recipient = "ali";
        subject.plan = made.plan;
        subject.person_zone = "Asia/Tehran";
        subject.accepted_at = subject.send_at = now;
        subject.expires_at = now + 24h * 60;
        subject.other = [this](const model::Message& other, int) -> std::shared_ptr<const Subject> {
            for (const auto& each : messages)
                if (each.subject.key == other.id.key()) return {std::shared_ptr<void>(), &each.subject};
            return nullptr;
        };
        return made;
    }
    static void set_plan(Message& message, std::vector<model::PlanStep> plan) {
        message.plan = std::move(plan);
        message.subject.plan = message.plan;
    }
    Decision ask(const Message& message, bool explain = false) {
        if (!rules) {
            auto compiled = compile(settings);
            EXPECT_TRUE(compiled.has_value()) << compiled.error().message();
            rules = *compiled;
        }
        return decide(*rules, message.subject, ledger, now, explain);
    }
    /// Asks and does what is said, as the store would.
    Decision run(const Message& message) {
        auto decision = ask(message);
        ledger.apply(decision.ruling, message.subject.key);
        return decision;
    }
    bool goes(const Message& message) { return run(message).ruling.action == Action::go; }

    config::Settings settings;
    std::shared_ptr<const Rules> rules;  // made on first use
    FakeLedger ledger;
    Timestamp now = tehran(2026, 11, 22, 12, 0);
    std::deque<Message> messages;
    std::int64_t last_key = 1000;
};

inline model::Reason reason_of(const Decision& decision) { return decision.ruling.trace.at(0).reason; }

}  // namespace chapar::policy::test
