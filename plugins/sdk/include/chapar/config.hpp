#pragma once
// The settings of one instance, as the host hands them over: checked against the plugin's schema, defaults filled in.
// Immutable after construction; any thread may read. A missing or ill-typed value throws BadConfig.

#include <charconv>
#include <chrono>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace chapar {

/// Thrown by a plugin's constructor or `start`: the settings can't work. The text is shown to the operator.
struct BadConfig : std::runtime_error {
    using std::runtime_error::runtime_error;
};

namespace detail {

struct Setting {
    enum class Kind { null, boolean, integer, string, strings } kind = Kind::null;
    bool boolean = false;
    std::int64_t integer = 0;
    std::string string;
    std::vector<std::string> strings;
};

/// Reads one flat JSON object (RFC 8259): members are null, booleans, integers, strings or arrays of strings.
class FlatJson {
  public:
    explicit FlatJson(std::string_view text) : rest_(text) {}

    std::map<std::string, Setting, std::less<>> object() {
        std::map<std::string, Setting, std::less<>> settings;
        expect('{');
        if (accept('}')) return settings;
        do {
            std::string key = string();
            expect(':');
            settings.insert_or_assign(std::move(key), value());
        } while (accept(','));
        expect('}');
        return settings;
    }

  private:
    Setting value() {
        Setting setting;
        skip();
        if (peek() == '"') {
            setting.kind = Setting::Kind::string;
            setting.string = string();
        } else if (accept('[')) {
            setting.kind = Setting::Kind::strings;
            if (accept(']')) return setting;
            do
                setting.strings.push_back(string());
            while (accept(','));
            expect(']');
        } else if (word("true") || word("false")) {
            setting.kind = Setting::Kind::boolean;
            setting.boolean = last_word_ == "true";
        } else if (!word("null")) {
            setting.kind = Setting::Kind::integer;
            setting.integer = integer();
        }
        return setting;
    }
    std::string string() {
        expect('"');
        std::string out;
        while (peek() != '"') {
            char c = take();
            if (c == '\\') {
                escape(out);
            } else {
                out.push_back(c);
            }
        }
        take();
        return out;
    }
    void escape(std::string& out) {
        constexpr std::string_view from = "\"\\/bfnrt", to = "\"\\/\b\f\n\r\t";
        char c = take();
        if (auto at = from.find(c); at != std::string_view::npos) return out.push_back(to[at]);
        if (c != 'u') fail("an escape");
        std::uint32_t code = hex4();
        if (code >= 0xD800 && code < 0xDC00) {  // a pair of surrogates is one character
            if (take() != '\\' || take() != 'u') fail("a low surrogate");
            code = 0x10000 + ((code - 0xD800) << 10) + (hex4() - 0xDC00);
        }
        append_utf8(out, code);
    }
    static void append_utf8(std::string& out, std::uint32_t code) {
        auto tail = [&](int shift) { out.push_back(static_cast<char>(0x80 | ((code >> shift) & 0x3F))); };
        if (code < 0x80) {
            out.push_back(static_cast<char>(code));
        } else if (code < 0x800) {
            out.push_back(static_cast<char>(0xC0 | (code >> 6)));
            tail(0);
        } else if (code < 0x10000) {
            out.push_back(static_cast<char>(0xE0 | (code >> 12)));
            tail(6), tail(0);
        } else {
            out.push_back(static_cast<char>(0xF0 | (code >> 18)));
            tail(12), tail(6), tail(0);
        }
    }
    std::uint32_t hex4() {
        if (rest_.size() < 4) fail("four hex digits");
        std::uint32_t code = 0;
        auto [end, error] = std::from_chars(rest_.data(), rest_.data() + 4, code, 16);
        if (error != std::errc() || end != rest_.data() + 4) fail("four hex digits");
        rest_.remove_prefix(4);
        return code;
    }
    std::int64_t integer() {
        std::int64_t number = 0;
        auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
        if (error != std::errc()) fail("a value");
        rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
        return number;
    }
    bool word(std::string_view text) {
        skip();
        if (!rest_.starts_with(text)) return false;
        rest_.remove_prefix(text.size());
        last_word_ = text;
        return true;
    }
    void skip() {
        while (!rest_.empty() && std::string_view(" \t\r\n").find(rest_.front()) != std::string_view::npos) {
            rest_.remove_prefix(1);
        }
    }
    bool accept(char c) {
        skip();
        if (rest_.empty() || rest_.front() != c) return false;
        rest_.remove_prefix(1);
        return true;
    }
    void expect(char c) {
        if (!accept(c)) fail(std::string("'") + c + "'");
    }
    char peek() const {
        if (rest_.empty()) fail("more text");
        return rest_.front();
    }
    char take() {
        char c = peek();
        rest_.remove_prefix(1);
        return c;
    }
    [[noreturn]] static void fail(const std::string& expected) {
        throw BadConfig("the settings are not one flat JSON object: expected " + expected);
    }

    std::string_view rest_, last_word_;
};

}  // namespace detail

class Config {
  public:
    using Kind = detail::Setting::Kind;

    explicit Config(std::string_view json) : settings_(detail::FlatJson(json).object()) {}

    bool has(std::string_view key) const {
        auto at = settings_.find(key);
        return at != settings_.end() && at->second.kind != Kind::null;
    }
    const std::string& string(std::string_view key) const { return get(key, Kind::string, "a string").string; }
    std::string string(std::string_view key, std::string_view otherwise) const {
        return has(key) ? string(key) : std::string(otherwise);
    }
    std::int64_t integer(std::string_view key) const { return get(key, Kind::integer, "an integer").integer; }
    std::int64_t integer(std::string_view key, std::int64_t otherwise) const {
        return has(key) ? integer(key) : otherwise;
    }
    bool boolean(std::string_view key) const { return get(key, Kind::boolean, "true or false").boolean; }
    bool boolean(std::string_view key, bool otherwise) const { return has(key) ? boolean(key) : otherwise; }
    const std::vector<std::string>& strings(std::string_view key) const {
        static const std::vector<std::string> none;
        return has(key) ? get(key, Kind::strings, "a list of strings").strings : none;
    }
    /// The host writes durations as whole milliseconds.
    std::chrono::milliseconds duration(std::string_view key) const {
        return std::chrono::milliseconds(get(key, Kind::integer, "a duration").integer);
    }
    std::chrono::milliseconds duration(std::string_view key, std::chrono::milliseconds otherwise) const {
        return has(key) ? duration(key) : otherwise;
    }

  private:
    const detail::Setting& get(std::string_view key, Kind kind, const char* what) const {
        auto at = settings_.find(key);
        if (at == settings_.end() || at->second.kind == Kind::null) {
            throw BadConfig("the setting '" + std::string(key) + "' is missing");
        }
        if (at->second.kind != kind) throw BadConfig("the setting '" + std::string(key) + "' must be " + what);
        return at->second;
    }
    std::map<std::string, detail::Setting, std::less<>> settings_;
};

}  // namespace chapar
