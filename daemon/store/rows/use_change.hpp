#pragma once
// What one commit changes of the uses, as a backend may write it down before it touches the chunks. Pure.

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/ledger.hpp"

namespace chapar::store {

struct UseChange {
    enum class What : std::uint8_t {
        add = 0,
        add_again = 1,  // the scope has one of the same message and millisecond already
        restate = 2,    // of `use`: when, whose, and the state that it has from now on
        take_away = 3,  // of `use`: when and whose
    } what = What::add;
    model::Scope scope = 0;
    model::Use use;
};

/// The changes of one commit, twice over: all of them, and the scopes that they are about, each once and ascending. So
/// that of a damaged list the other one still says whom it was about.
struct UseChanges {
    std::string scopes, entries;
};
/// Changes of one scope stay in their order.
UseChanges encode_changes(std::vector<UseChange> changes);
/// False: these are not the bytes of a list; `visit` may have seen some of it.
bool decode_changes(std::string_view entries, const std::function<void(const UseChange&)>& visit);
/// Nothing: these are not the bytes of a list.
std::optional<std::vector<model::Scope>> decode_scopes(std::string_view scopes);

}  // namespace chapar::store
