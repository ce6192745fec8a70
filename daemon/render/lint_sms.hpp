#pragma once
// What lint says about an SMS: how many segments it takes, whether it says how to stop, HTML in it, long links.
// Pure functions, callable from any thread.

#include <string_view>

#include "render/lint.hpp"
#include "render/lint_words.hpp"

namespace chapar::render {

struct SmsText {
    std::string_view source;    // of the file
    std::size_t body = 0;       // where its body begins
    std::string_view rendered;  // with the sample data
    bool marketing = false;
    bool right_to_left = false;
};

void look_at_sms(const SmsText& sms, const SmsMeter& measure, const SayAt& say);

}  // namespace chapar::render
