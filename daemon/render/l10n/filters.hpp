#pragma once
// The filters of message templates that depend on language, calendar, time zone or script: see docs/liquid.md.
// For Environment::add_filter; callable from any thread.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "render/liquid/context.hpp"
#include "render/liquid/liquid.hpp"

namespace chapar::render {

void add_text_filters(liquid::Environment& environment);         // fa_digits, latin_digits, bidi, truncate, slice
void add_number_filters(liquid::Environment& environment);       // number, percent, money, ordinal
void add_date_filters(liquid::Environment& environment);         // local_date, jalali, relative_time
void add_translation_filters(liquid::Environment& environment);  // t

/// The named arguments of a call, each known and of its kind. `complain` tells in the call's context what is not.
class Options {
  public:
    Options(liquid::Call& call, std::string_view filter) : call_(call), filter_(filter) {}
    /// A text; `otherwise` when it was not given.
    std::string_view text(std::string_view name, std::string_view otherwise);
    bool flag(std::string_view name, bool otherwise);
    /// Nothing: not given. Between 0 and 10.
    std::optional<int> decimals(std::string_view name);
    /// After all options were asked for: false when one that is not known was given, or one was of another kind.
    bool all_known();

  private:
    const liquid::Value* take(std::string_view name);
    void complain(std::string sentence);
    liquid::Call& call_;
    std::string_view filter_;
    std::vector<std::string_view> known_;
    std::string complaint_;
};

}  // namespace chapar::render
