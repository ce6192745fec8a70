#include "policy/ask.hpp"

#include <algorithm>

#include "address/key.hpp"
#include "base/json_parser.hpp"

namespace chapar::policy {

Traits Ask::traits(int index) const {
    return Traits{subject.application, subject.class_name, subject.category, step(index).channel,
                  subject.campaign,    subject.sender,     subject.tags};
}

namespace {

/// What was missed is asked for.
template <class T>
void miss(Readings& readings, std::vector<T> model::ReadPlan::* list, T what) {
    ++readings.missed;
    model::ReadPlan::add(readings.more->*list, std::move(what));
}

}  // namespace

Ask::OfStep& Ask::of(int index) const {
    if (steps_.empty()) steps_.resize(subject.plan.size());
    return steps_[static_cast<std::size_t>(index)];
}

/// An address that one profile holds is that person's, with or without the id.
model::Scope Ask::person(int index) const {
    auto& known = of(index).person;
    if (known) return *known;
    const auto& address = step(index).address;
    std::string_view person = subject.recipient;
    const int before = readings.asked;
    if (!address.empty() && (person.empty() || person == address::key(address))) {
        model::RowRef row{std::string(subject.application), address};
        ++readings.asked;
        const auto* owners = readings.set->owners(row);
        person = owners != nullptr && owners->size() == 1 ? std::string_view(owners->front()) : std::string_view();
        if (owners == nullptr) miss(readings, &model::ReadPlan::owners, std::move(row));
    }
    const auto scope = person_scope(rules.site_wide, subject.application, person, step(index).channel, address);
    if (readings.asked == before) known = scope;
    return scope;
}

const model::PersonRef& Ask::who() const {
    if (who_) return *who_;
    who_.emplace(model::PersonRef{std::string(subject.application), std::string(subject.recipient), {}});
    for (const auto& each : subject.plan) {
        if (!each.address.empty()) who_->addresses.push_back(each.address);
    }
    return *who_;
}

const model::Said* Ask::said() const {
    ++readings.asked;
    const auto* found = readings.set->said(who());
    if (found == nullptr) miss(readings, &model::ReadPlan::people, who());
    return found;
}

std::optional<Timestamp> Ask::last_event(const std::string& event) const {
    model::EventRef wanted{who(), event};
    ++readings.asked;
    const auto* found = readings.set->last_event(wanted);
    if (found != nullptr) return *found;
    miss(readings, &model::ReadPlan::events, std::move(wanted));
    return std::nullopt;
}

const std::vector<model::Suppression>* Ask::suppressions(const model::PlanStep& at) const {
    model::RowRef wanted{at.channel, at.address};
    ++readings.asked;
    const auto* found = readings.set->suppressions(wanted);
    if (found == nullptr) miss(readings, &model::ReadPlan::suppressions, std::move(wanted));
    return found;
}

std::optional<model::ReadSet::Uses> Ask::uses(const model::ReadPlan::Uses& wanted) const {
    ++readings.asked;
    auto found = readings.set->uses(wanted);
    if (!found) miss(readings, &model::ReadPlan::uses, wanted);
    return found;
}

std::optional<Timestamp> Ask::reach(model::ReachRef wanted) const {
    ++readings.asked;
    const auto* found = readings.set->reach(wanted);
    if (found != nullptr) return *found;
    miss(readings, &model::ReadPlan::reaches, std::move(wanted));
    return now;
}

const std::vector<model::Member>& Ask::group(model::Scope scope, bool with_messages) const {
    static const std::vector<model::Member> none;
    ++readings.asked;
    const auto* found = readings.set->group(scope);
    if (found != nullptr) return *found;
    miss(readings, &model::ReadPlan::groups, model::GroupRef{scope, with_messages});
    return none;
}

std::optional<model::State> Ask::state_of(MessageKey key) const {
    ++readings.asked;
    const auto* found = readings.set->state_of(key);
    if (found != nullptr) return *found;
    miss(readings, &model::ReadPlan::states, key);
    return model::State::waiting;
}

const Subject* Ask::other(MessageKey key) const {
    ++readings.asked;
    const auto* found = readings.set->kept(key);
    if (found == nullptr) miss(readings, &model::ReadPlan::kept, key);
    if (found == nullptr || !*found) return nullptr;
    auto& known = others_[key];
    if (known.kept != *found) known = {*found, subject.other((*found)->message, (*found)->step)};
    return known.subject.get();
}

const std::vector<MessageKey>& Ask::carried() const {
    static const std::vector<MessageKey> none;
    ++readings.asked;
    const auto* found = readings.set->carried(subject.key);
    if (found != nullptr) return *found;
    miss(readings, &model::ReadPlan::carried, subject.key);
    return none;
}

const std::shared_ptr<const model::Kind>& Ask::kind(int index) const {
    if (kind_.second && kind_.first == index) return kind_.second;
    auto made = std::make_shared<model::Kind>();
    made->application = subject.application;
    made->class_name = subject.class_name;
    made->category = subject.category;
    made->channel = step(index).channel;
    made->campaign = subject.campaign;
    made->sender = subject.sender;
    // Tags that no rule asks about would make a kind of nearly every message.
    for (const auto& tag : subject.tags)
        if (rules.is_counted_tag(tag)) made->tags.push_back(tag);
    if (!std::is_sorted(made->tags.begin(), made->tags.end())) std::sort(made->tags.begin(), made->tags.end());
    kind_ = {index, std::move(made)};
    return kind_.second;
}

const Zone* Ask::zone_by(std::span<const ZoneSource> chain) const {
    bool wants_person = false;
    for (const auto& source : chain) {
        const Zone* found = nullptr;
        switch (source.kind) {
            case ZoneSource::Kind::device:
                found = zone(subject.device_zone);
                break;
            case ZoneSource::Kind::person:
                found = zone(subject.person_zone);
                wants_person = true;
                break;
            case ZoneSource::Kind::country:
                found = zone(zone_of_phone(subject.phone));
                break;
            case ZoneSource::Kind::application:
                found = rules.zone_of_application(subject.application);
                break;
            case ZoneSource::Kind::site:
                found = rules.site;
                break;
            case ZoneSource::Kind::fixed:
                found = source.zone;
                break;
        }
        if (found != nullptr) return found;
    }
    return wants_person ? stored_zone() : nullptr;
}

/// What has been learnt of the person since the message was accepted; asked only when it would wait otherwise.
const Zone* Ask::stored_zone() const {
    if (subject.recipient.empty()) return nullptr;
    model::RowRef row{std::string(subject.application), std::string(subject.recipient)};
    ++readings.asked;
    const auto* profile = readings.set->profile(row);
    if (profile == nullptr) miss(readings, &model::ReadPlan::profiles, std::move(row));
    if (profile == nullptr || profile->empty()) return nullptr;
    json::Parser parser;
    simdjson::dom::element root;
    std::string_view name;
    if (parser.parse(*profile, root) != simdjson::SUCCESS) return nullptr;
    return root["timezone"].get(name) == simdjson::SUCCESS ? zone(name) : nullptr;
}

const Zone& Ask::persons_zone() const {
    if (persons_zone_ == nullptr) persons_zone_ = zone_by(rules.cap_chain);
    return *persons_zone_;
}

}  // namespace chapar::policy
