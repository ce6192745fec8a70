#pragma once
// What a message holds besides its state: the slots of its newest attempt, its place in a group, its collapse scope.
// It stands in its progress row, so that whatever ends the message can let go of it. Pure.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/ledger.hpp"

namespace chapar::store {

struct SlotHoldings {
    std::vector<model::Scope> slots;
    Timestamp at{};  // of the slots
    struct GroupPlace {
        model::Scope scope = 0;
        std::int64_t rank = 0;
    };
    std::optional<GroupPlace> group;
    model::Scope collapse = 0;          // 0: none
    std::optional<MessageKey> carrier;  // the message that carries it, once it is collected
    bool carries = false;               // others were collected into it
};

std::string encode(const SlotHoldings& holdings);
/// Of bytes whose checksum was right.
SlotHoldings decode_holdings(std::string_view bytes);

}  // namespace chapar::store
