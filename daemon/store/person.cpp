#include "store/person.hpp"

#include <algorithm>

#include "address/key.hpp"
#include "store/profile.hpp"

namespace chapar::store {
namespace {

constexpr int page = 200;

void add(std::vector<std::string>& out, std::string text) {
    if (!text.empty() && std::ranges::find(out, text) == out.end()) out.push_back(std::move(text));
}

/// Calls `visit` with every message that has this name.
template <class Visit>
Result<void> each_message(Store& store, std::string_view application, const std::string& name, Visit visit) {
    ListFilter filter;
    filter.application = application;
    filter.names = {name};
    std::optional<MessageKey> below;
    do {
        const auto found = store.list(filter, below, page);
        if (!found) return std::unexpected(found.error());
        for (const auto& record : found->records)
            visit(record.message);
        below = found->next;
    } while (below);
    return {};
}

/// Ids that an address stands for: by profiles, else by messages.
Result<void> add_owners(Store& store, std::string_view application, const std::string& address, Person& out) {
    std::vector<std::string> owners;
    const auto look = [&](model::Ledger& ledger) { owners = ledger.owners(application, address); };
    if (auto done = store.peek(look); !done) return done;
    for (auto& owner : owners)
        add(out.ids, std::move(owner));
    std::vector<std::string> named;
    auto done = each_message(store, application, address,
                             [&named](const model::Message& message) { add(named, message.recipient); });
    if (!done) return done;
    for (auto& id : named) {
        const auto profile = store.recipient(application, id);
        if (!profile) return std::unexpected(profile.error());
        if (!*profile) add(out.ids, std::move(id));
    }
    return {};
}

Result<void> add_addresses(Store& store, std::string_view application, const std::string& id, Person& out) {
    const auto profile = store.recipient(application, id);
    if (!profile) return std::unexpected(profile.error());
    if (*profile) {
        for (auto& address : addresses_of((*profile)->profile))
            add(out.addresses, std::move(address));
        return {};
    }
    if (address::is_address(id)) return {};  // whatever else it is joined by was asked for already
    return each_message(store, application, id, [&](const model::Message& message) {
        if (message.recipient != id) return;
        for (const auto& step : message.plan) {
            if (auto address = address::key(step.address); address::is_address(address))
                add(out.addresses, std::move(address));
        }
    });
}

}  // namespace

std::vector<std::string> marked_names(const Person& person) {
    std::vector<std::string> out;
    out.reserve(person.ids.size());
    for (const auto& id : person.ids)
        out.push_back(!out.empty() && address::is_address(id) ? joined_mark + id : id);
    return out;
}

bool is_for(std::string_view recipient, const std::vector<model::PlanStep>& plan,
            const std::vector<std::string>& marked) {
    const auto is_named = [&](std::string_view name) {
        return !name.empty() && std::ranges::find(marked, name) != marked.end();
    };
    return is_named(recipient) || std::ranges::any_of(plan, [&](const model::PlanStep& step) {
               const auto key = address::key(step.address);
               const bool is_nobodys = recipient.empty() || recipient == key;
               return is_named(key) || (is_nobodys && !key.empty() && is_named(joined_mark + key));
           });
}

const model::Copy* copy_for(const std::vector<model::PlanStep>& plan, const std::vector<std::string>& marked) {
    for (const auto& step : plan) {
        for (const auto& copy : step.copies) {
            const auto key = address::key(copy.address);
            // No copy names anybody's id.
            for (const auto& name : {key, joined_mark + key})
                if (std::ranges::find(marked, name) != marked.end()) return &copy;
        }
    }
    return nullptr;
}

const model::Copy* copy_alone(const model::Message& message, const std::vector<std::string>& marked) {
    return is_for(message.recipient, message.plan, marked) ? nullptr : copy_for(message.plan, marked);
}

Result<Person> person_of(Store& store, std::string_view application, std::string_view name) {
    Person out;
    out.ids.emplace_back(name);
    if (address::is_address(name)) {
        out.addresses.emplace_back(name);
        if (auto done = add_owners(store, application, std::string(name), out); !done)
            return std::unexpected(done.error());
    }
    for (std::size_t i = 0, count = out.ids.size(); i < count; ++i) {
        if (auto done = add_addresses(store, application, out.ids[i], out); !done) return std::unexpected(done.error());
    }
    for (const auto& address : out.addresses)
        add(out.ids, address);
    return out;
}

}  // namespace chapar::store
