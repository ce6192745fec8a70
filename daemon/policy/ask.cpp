#include "policy/ask.hpp"

#include <simdjson.h>

#include "address/key.hpp"

namespace chapar::policy {

Traits Ask::traits(int index) const {
    return Traits{subject.application, subject.class_name, subject.category, step(index).channel,
                  subject.campaign,    subject.sender,     subject.tags};
}

/// An address that one profile holds is that person's, with or without the id.
model::Scope Ask::person(int index) const {
    if (!person_ || person_->first != index) {
        const auto& address = step(index).address;
        std::string who(subject.recipient);
        if (!address.empty() && (who.empty() || who == address::key(address))) {
            auto owners = ledger.owners(subject.application, address);
            who = owners.size() == 1 ? std::move(owners.front()) : std::string();
        }
        person_ = {index, person_scope(rules.site_wide, subject.application, who, step(index).channel, address)};
    }
    return person_->second;
}

const std::vector<std::string>& Ask::names() const {
    if (names_) return *names_;
    std::vector<std::string> addresses;
    for (const auto& each : subject.plan) {
        if (!each.address.empty()) addresses.push_back(each.address);
    }
    names_ = ledger.names(subject.application, subject.recipient, addresses);
    return *names_;
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
    if (asked_profile_ || subject.recipient.empty()) return profile_zone_;
    asked_profile_ = true;
    const std::string profile = ledger.profile(subject.application, subject.recipient);
    if (profile.empty()) return nullptr;
    static thread_local simdjson::dom::parser parser;
    simdjson::dom::element root;
    std::string_view name;
    if (parser.parse(profile).get(root) != simdjson::SUCCESS) return nullptr;
    if (root["timezone"].get(name) == simdjson::SUCCESS) profile_zone_ = zone(name);
    return profile_zone_;
}

const Zone& Ask::persons_zone() const {
    if (persons_zone_ == nullptr) persons_zone_ = zone_by(rules.cap_chain);
    return *persons_zone_;
}

}  // namespace chapar::policy
