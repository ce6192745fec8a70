#pragma once
// Writes JSON text. Reading is simdjson's. Escapes what RFC 8259 demands; bytes that are not UTF-8 become U+FFFD.

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace chapar::json {

/// `text` as a JSON string with its quotes, appended to `out`.
void append_string(std::string& out, std::string_view text);

/// Builds one text from the outside in; commas are its business. Not checked: that keys stand only in objects.
class Writer {
  public:
    Writer& begin_object() { return open('{'); }
    Writer& end_object() { return close('}'); }
    Writer& begin_array() { return open('['); }
    Writer& end_array() { return close(']'); }
    Writer& key(std::string_view name);
    Writer& value(std::string_view text);
    Writer& value(const char* text) { return value(std::string_view(text)); }
    Writer& value(const std::string& text) { return value(std::string_view(text)); }
    Writer& value(bool flag);
    Writer& value(double number);  // not finite: null
    template <std::integral T>
        requires(!std::same_as<T, bool>)
    Writer& value(T number) {
        return raw(std::to_string(number));
    }
    Writer& null() { return raw("null"); }
    /// A value that is JSON text already.
    Writer& raw(std::string_view json);
    template <class T>
    Writer& member(std::string_view name, T&& v) {
        return key(name).value(std::forward<T>(v));
    }
    const std::string& text() const { return out_; }
    std::string take() { return std::move(out_); }

  private:
    Writer& open(char bracket);
    Writer& close(char bracket);
    void separate();
    std::string out_;
    bool needs_comma_ = false;
};

}  // namespace chapar::json
