#pragma once
// Whether a request was made by the provider. Comparisons take the same time wherever two values differ. Pure.
// Sources: Twilio "Validating Signatures", Vonage "Signing Messages", RFC 2104 (HMAC).

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sms/http/description.hpp"

namespace chapar::sms::http {

using Members = std::vector<std::pair<std::string, std::string>>;

/// What a signature is made over.
struct Signed {
    std::string url;        // as the provider asked for it, with its query
    std::string_view body;  // raw
    Members members;        // of the form, the query or the top of the JSON, in order
    bool is_form = false;
    std::string_view given;  // of the header
};

bool is_equal(std::string_view a, std::string_view b);

bool is_signed(Signature kind, const Signed& what, std::string_view secret);

/// X-Twilio-Signature: base64 of HMAC-SHA1 over the address and the sorted members of a form.
std::string twilio_signature(const std::string& url, Members members, std::string_view secret);
/// "sig": hex of MD5 or HMAC-SHA256 over the sorted members without it.
std::string vonage_signature(Signature kind, Members members, std::string_view secret);

}  // namespace chapar::sms::http
