#pragma once
// The two directions of one field: a Reader that never leaves its bytes and a Writer that never exceeds a limit. Both
// offer the same functions, so that each body is described once (pdu.cpp). A failure sticks; later calls do nothing.

#include <cstdint>
#include <string>
#include <string_view>

#include "sms/pdu/tlv.hpp"

namespace chapar::smpp {

class Reader {
  public:
    explicit Reader(std::string_view bytes) : rest_(bytes) {}
    bool failed() const { return flaw_ != Flaw::none; }
    bool has_bad_tlvs() const { return flaw_ == Flaw::tlvs; }
    bool at_end() const { return rest_.empty(); }

    void u8(std::uint8_t& value) {
        if (!has(1)) return;
        value = static_cast<std::uint8_t>(rest_[0]);
        rest_.remove_prefix(1);
    }
    void u32(std::uint32_t& value) {
        if (!has(4)) return;
        value = 0;
        for (int i = 0; i < 4; ++i)
            value = value << 8 | static_cast<std::uint8_t>(rest_[i]);
        rest_.remove_prefix(4);
    }
    /// C-Octet String. Peers exceed the specification's limits (ids above all), so reading allows more than writing.
    void text(std::string_view& value, std::size_t) {
        if (failed()) return;
        const std::size_t end = rest_.substr(0, most_text).find('\0');
        if (end == std::string_view::npos) {
            flaw_ = Flaw::body;
            return;
        }
        value = rest_.substr(0, end);
        rest_.remove_prefix(end + 1);
    }
    void octets(std::string_view& value, std::size_t size) {
        if (!has(size)) return;
        value = rest_.substr(0, size);
        rest_.remove_prefix(size);
    }
    /// sm_length and short_message.
    void message(std::string_view& value) {
        std::uint8_t size = 0;
        u8(size);
        octets(value, size);
    }
    /// A list whose end only its own entries tell: `next` takes one entry off.
    template <class Next>
    void list(std::uint8_t& count, std::string_view& entries, Next next) {
        u8(count);
        if (failed()) return;
        std::string_view rest = rest_;
        for (int i = 0; i < count; ++i) {
            if (next(rest)) continue;
            flaw_ = Flaw::body;
            return;
        }
        entries = rest_.substr(0, rest_.size() - rest.size());
        rest_ = rest;
    }
    void tlvs(Tlvs& value) {
        if (failed()) return;
        if (const auto parsed = Tlvs::parse(rest_)) {
            value = *parsed;
            rest_ = {};
        } else {
            flaw_ = Flaw::tlvs;
        }
    }

  private:
    enum class Flaw : unsigned char { none, body, tlvs };
    static constexpr std::size_t most_text = 256;
    bool has(std::size_t size) {
        if (flaw_ == Flaw::none && rest_.size() < size) flaw_ = Flaw::body;
        return flaw_ == Flaw::none;
    }
    std::string_view rest_;
    Flaw flaw_ = Flaw::none;
};

class Writer {
  public:
    explicit Writer(std::string& out) : out_(out) {}
    bool failed() const { return failed_; }

    void u8(const std::uint8_t& value) { out_.push_back(static_cast<char>(value)); }
    void u32(const std::uint32_t& value) {
        for (int shift = 24; shift >= 0; shift -= 8)
            out_.push_back(static_cast<char>(value >> shift & 0xFF));
    }
    /// `limit` counts the NUL, as the specification's tables do.
    void text(const std::string_view& value, std::size_t limit) {
        failed_ = failed_ || value.size() >= limit || value.find('\0') != std::string_view::npos;
        out_.append(value);
        out_.push_back('\0');
    }
    void octets(const std::string_view& value, std::size_t) { out_.append(value); }
    void message(const std::string_view& value) {
        failed_ = failed_ || value.size() > 254;
        u8(static_cast<std::uint8_t>(value.size()));
        out_.append(value);
    }
    template <class Next>
    void list(const std::uint8_t& count, const std::string_view& entries, Next) {
        u8(count);
        out_.append(entries);
    }
    void tlvs(const Tlvs& value) { out_.append(value.bytes()); }

  private:
    std::string& out_;
    bool failed_ = false;
};

}  // namespace chapar::smpp
