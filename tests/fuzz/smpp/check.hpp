#pragma once
// What must hold for any bytes that a peer may send. The fuzzer and the unit test that reruns the corpus share it.

#include <string>
#include <string_view>

#include "sms/pdu/pdu.hpp"
#include "sms/pdu/status.hpp"

namespace chapar::smpp::fuzz {

inline bool lies_within(std::string_view part, std::string_view whole) {
    return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

/// One frame: decoding ends, borrows from the frame alone, and what can be written reads back the same. Otherwise: what
/// does not hold.
inline std::string_view check_frame(std::string_view frame) {
    const auto pdu = decode(frame);
    if (!pdu) return pdu.error().sentence.empty() || pdu.error().status == status::ok ? "a flaw without words" : "";
    if (const auto* body = std::get_if<Short>(&pdu->body)) {
        if (!lies_within(body->message, frame) || !lies_within(body->tlvs.bytes(), frame)) return "a view leaves";
    }
    if (const auto* multi = std::get_if<Multi>(&pdu->body)) {
        std::string_view rest = multi->destinations;
        int count = 0;
        while (next_destination(rest))
            ++count;
        if (count != multi->count || !rest.empty()) return "destinations do not add up";
    }
    std::string again;
    if (!encode(*pdu, again)) return again.empty() ? "" : "a refused encoding left bytes";
    const auto second = decode(again);
    if (!second || *second != *pdu) return "it does not read back";
    return "";
}

/// A stream of frames, as a connection brings them.
inline std::string_view check_stream(std::string_view bytes) {
    while (true) {
        const auto size = frame_size(bytes);
        if (!size || *size == 0 || *size > bytes.size()) return "";
        if (*size < header_size || *size > most_bytes) return "a frame of an impossible size";
        if (const auto wrong = check_frame(bytes.substr(0, *size)); !wrong.empty()) return wrong;
        bytes.remove_prefix(*size);
    }
}

/// Also the same bytes as one frame whose length is right, so that random lengths don't end every look at once.
inline std::string_view check_any(std::string_view bytes) {
    if (const auto wrong = check_stream(bytes); !wrong.empty()) return wrong;
    if (bytes.size() < header_size) return "";
    std::string mended(bytes);
    for (std::size_t i = 0; i < 4; ++i)
        mended[i] = static_cast<char>(mended.size() >> (24 - 8 * i) & 0xFF);
    return check_frame(mended);
}

}  // namespace chapar::smpp::fuzz
