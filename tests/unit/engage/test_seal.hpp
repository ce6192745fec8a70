#pragma once
// Sealers of the tests.

#include <memory>
#include <string>
#include <vector>

#include "engage/base64.hpp"
#include "engage/click_seal.hpp"

namespace chapar::engage {

inline std::shared_ptr<const seal::Sealer> sealer(seal::Kind kind,
                                                  std::vector<std::string> keys = {std::string(32, 'k')}) {
    auto made = seal::Sealer::make(kind, keys);
    return made ? std::make_shared<const seal::Sealer>(std::move(*made)) : nullptr;
}

inline std::string sealed_text(const seal::Sealer& by, std::string_view fields) {
    return to_base64url(by.seal(fields));
}

}  // namespace chapar::engage
