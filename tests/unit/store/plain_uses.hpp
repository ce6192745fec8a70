#pragma once
// What each scope's uses are, kept as plainly as can be: nothing here knows of chunks, journals or merges.

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "model/ledger.hpp"

namespace chapar::store {

class PlainUses {
  public:
    void add(model::Scope scope, const model::Use& use) { uses_[scope].push_back(use); }
    bool give_back(model::Scope scope, Timestamp at, MessageKey key) {
        model::Use* use = meant(scope, at, key);
        if (use == nullptr || use->state != model::UseState::reserved) return false;
        auto& of = uses_[scope];
        of.erase(of.begin() + (use - of.data()));
        return true;
    }
    void restate(model::Scope scope, Timestamp at, MessageKey key, model::UseState state) {
        if (model::Use* use = meant(scope, at, key)) use->state = state;
    }
    void prune(Timestamp before) {
        for (auto& [scope, of] : uses_)
            std::erase_if(of, [before](const model::Use& use) { return use.at < before; });
    }
    /// In an order that does not depend on how they came.
    std::vector<std::string> of(model::Scope scope, Timestamp from = {}) const {
        std::vector<std::string> out;
        const auto found = uses_.find(scope);
        if (found == uses_.end()) return out;
        for (const auto& use : found->second)
            if (use.at >= from) out.push_back(text(use));
        std::ranges::sort(out);
        return out;
    }
    const std::vector<model::Use>& all(model::Scope scope) { return uses_[scope]; }
    static std::string text(const model::Use& use) {
        std::string out;
        for (const std::int64_t part : {to_ms(use.at), use.key.value, std::int64_t{use.kind},
                                        std::int64_t{use.segments}, use.cost, static_cast<std::int64_t>(use.state)})
            out += std::to_string(part) + ' ';
        return out;
    }

  private:
    /// Of several of one message in one millisecond the one that came least far.
    model::Use* meant(model::Scope scope, Timestamp at, MessageKey key) {
        model::Use* out = nullptr;
        for (auto& use : uses_[scope])
            if (use.at == at && use.key == key && (out == nullptr || use.state < out->state)) out = &use;
        return out;
    }
    std::map<model::Scope, std::vector<model::Use>> uses_;
};

}  // namespace chapar::store
