#pragma once
// What the sink does at each step of SMTP: a list of rules, the first one that fires wins. Plain values; one thread.
//
// A rule in text: `verb=dot when=every:3 drop`, `verb=rcpt rcpt=gone* reply=550 5.1.1 No such user`.
//   verb   banner ehlo starttls auth mail rcpt data body dot quit
//   when   all (default), first:N, after:N, every:N, random:FRACTION (seeded)
//   rcpt   glob over the local part (verbs rcpt and dot; dot looks at the first recipient)
//   at     bytes of body before `verb=body` fires
//   delay  milliseconds before the answer
//   action reply=CODE TEXT (to the end of the rule; "\n" in TEXT starts the next line of the reply), drop, rst, hang,
//          huge=BYTES, junk, nul, inject=TEXT (after the 220 of STARTTLS, before TLS), close=CODE TEXT (answer, then
//          close)

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace sink {

enum class Verb : std::uint8_t { banner, ehlo, starttls, auth, mail, rcpt, data, body, dot, quit };
std::string_view name(Verb verb);

struct Action {
    enum class Kind : std::uint8_t { normal, reply, close, drop, reset, hang, huge, junk, nul, inject };
    Kind kind = Kind::normal;
    std::string text;
    std::uint64_t bytes = 0;
    std::uint32_t delay_ms = 0;
};

struct Rule {
    enum class When : std::uint8_t { all, first, after, every, random };
    Verb verb = Verb::dot;
    When when = When::all;
    std::uint64_t count = 0;
    double fraction = 0;
    std::string rcpt;
    std::uint64_t at = 0;
    Action action;
    std::uint64_t seen = 0;   // times the step came by
    std::uint64_t fired = 0;  // times the action was taken
    std::string source;
};

/// nullopt: not a rule; `why` says what is wrong.
std::optional<Rule> parse_rule(std::string_view text, std::string& why);
bool glob_matches(std::string_view pattern, std::string_view text);

class Script {
  public:
    explicit Script(std::uint64_t seed) : random_(seed) {}
    void add(Rule rule) { rules_.push_back(std::move(rule)); }
    void clear() { rules_.clear(); }
    bool empty() const { return rules_.empty(); }
    const std::vector<Rule>& rules() const { return rules_; }
    /// Counts the step in each matching rule and answers the first action that fires.
    Action decide(Verb verb, std::string_view address);
    /// Bytes of body after which a body rule fires for this message; nullopt: none.
    std::optional<Action> decide_body(std::uint64_t& at);

  private:
    bool fires(Rule& rule);
    std::vector<Rule> rules_;
    std::mt19937_64 random_;
};

}  // namespace sink
