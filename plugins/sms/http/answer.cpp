#include "sms/http/answer.hpp"

#include "basic/utf8.hpp"
#include "sms/http/retry_after.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace chapar::sms::http {
namespace {

constexpr std::size_t longest_line = 4'096, longest_detail = 300;

std::string shortened(std::string text) {
    for (char& c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
    if (text.size() <= longest_detail) return text;
    return basic::cut(std::move(text), longest_detail) + "…";
}

/// As the border has it: "0.0079 USD".
std::string billed(double price, const std::string& currency) {
    if (currency.empty()) return {};
    auto text = std::to_string(price);  // six digits behind the point, and more are not kept
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
    return text + ' ' + currency;
}

std::string read_line(const Reading& reading, const std::string& line, std::string_view separator) {
    if (reading.expression) {
        std::smatch found;
        if (line.size() > longest_line || !std::regex_search(line, found, *reading.expression)) return {};
        return found[1].str();
    }
    if (!reading.column) return {};
    std::string_view rest = line;
    for (std::size_t i = 0; i < *reading.column; ++i) {
        const auto at = separator.empty() ? std::string_view::npos : rest.find(separator);
        if (at == std::string_view::npos) return {};
        rest.remove_prefix(at + separator.size());
    }
    const auto end = separator.empty() ? std::string_view::npos : rest.find(separator);
    return std::string(rest.substr(0, end));
}

constexpr Ruling ruling(Verdict verdict, Blame blame) { return {verdict, blame, false, false, {}}; }

bool is_ok(const Codes& codes, const std::string& code) { return std::ranges::find(codes.ok, code) != codes.ok.end(); }

/// What a code says; nullopt: nothing, or that all is well.
std::optional<Ruling> ruling_of(const Codes& codes, const std::string& code) {
    if (is_ok(codes, code)) return std::nullopt;
    if (const auto at = codes.rulings.find(code); at != codes.rulings.end()) return at->second;
    if (codes.other) return codes.other;
    return ruling(Verdict::unknown, Blame::provider);  // an answer that nobody described
}

Ruling ruling_of_http(int code, const Rulings& site) {
    const auto text = std::to_string(code);
    if (const auto at = site.find(text); at != site.end()) return at->second;
    if (const auto at = site.find(text.substr(0, 1) + "xx"); at != site.end()) return at->second;
    switch (code) {
        case 400:
        case 413:
        case 414:
        case 422:
            return ruling(Verdict::rejected, Blame::message);
        case 401:
        case 403:
        case 407:
            return ruling(Verdict::retry, Blame::credentials);
        case 402:  // the account's balance: somebody pays, and then it goes on by itself
            return {Verdict::retry, Blame::provider, false, false, std::chrono::hours(1)};
        case 429:
            return ruling(Verdict::retry, Blame::lane);
        case 503:  // refused before it was looked at (RFC 9110, 15.6.4)
            return ruling(Verdict::retry, Blame::provider);
        default:
            break;
    }
    // Redirects are not followed; other 4xx say that the request was not understood here.
    if (code >= 300 && code < 500 && code != 408 && code != 409) return ruling(Verdict::retry, Blame::provider);
    return ruling(Verdict::unknown, Blame::provider);
}

Outcome outcome_of(const Ruling& ruling, std::string code, std::string detail, const Reply& reply) {
    Outcome out{ruling.verdict, ruling.blame, std::move(code), shortened(std::move(detail)), {}, {}};
    if (ruling.blocked) out.code = "blocked_by_operator";
    if (ruling.verdict != Verdict::retry) return out;
    out.retry_after = read_retry_after(reply.retry_after, reply.now);
    if (out.retry_after.count() == 0) out.retry_after = ruling.wait;
    return out;
}

double number_of(const std::string& text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? std::abs(value) : 0;
}

class Judge {
  public:
    Judge(const Reply& reply, const Answer& answer, const Node& root) : reply_(reply), answer_(answer), root_(root) {}

    /// The whole call failed: the same for everybody.
    std::optional<Result> whole() const {
        const auto code = value(answer_.status, root_);
        const auto error = value(answer_.error, root_);
        const bool well = reply_.code >= 200 && reply_.code < 300;
        if (answer_.status.is_given() && !code.empty()) {
            const bool is_described = well || reply_.code == 400 || answer_.codes.rulings.contains(code);
            const auto said = is_described ? ruling_of(answer_.codes, code) : std::nullopt;
            if (said) return of_call(*said, code, error);
        }
        if (well) return std::nullopt;
        const auto shown = std::to_string(reply_.code);
        return of_call(ruling_for(code), code.empty() ? shown : code, error.empty() ? "HTTP " + shown : error);
    }

    Result one(const Node& item) const {
        Result out;
        const auto code = value(answer_.item_status, item);
        const auto error = value(answer_.item_error, item);
        const auto id = value(answer_.id, item);
        out.price = number_of(value(answer_.price, item));
        const auto ruling =
            answer_.item_status.is_given() ? ruling_of(answer_.item_codes, code) : std::optional<Ruling>();
        if (ruling && ruling->verdict != Verdict::accepted && ruling->verdict != Verdict::delivered) {
            out.outcome = outcome_of(*ruling, code, error, reply_);
            out.about_sender = ruling->sender;
        } else if (id.empty() || id == "0") {
            out.outcome = outcome_of(answer_.missing, code, "the provider's answer names no id for it", reply_);
            return out;
        } else {
            out.outcome =
                ruling && ruling->verdict == Verdict::delivered ? Outcome::delivered(code) : Outcome::accepted(code);
            if (out.price > 0) {
                out.outcome.detail = "price " + value(answer_.price, item) + ' ' + answer_.currency;
                out.outcome.cost = billed(out.price, answer_.currency);
            }
        }
        if (!id.empty() && id != "0") out.ids.push_back(id);
        out.outcome.provider_id = id;
        return out;
    }

    std::vector<const Node*> items() const {
        if (answer_.format == Format::text && answer_.list.empty()) return find_all(root_, "");
        if (answer_.list.empty()) return {&root_};
        return find_all(root_, answer_.list);
    }
    std::string value(const Reading& reading, const Node& item) const {
        return read_value(reading, item, root_, answer_.separator);
    }

  private:
    Result of_call(const Ruling& said, const std::string& code, const std::string& error) const {
        return {outcome_of(said, code, error, reply_), {}, 0, said.sender, true};
    }
    /// 403 with a code that nobody described says something of this message; alone it says it of the account.
    Ruling ruling_for(const std::string& code) const {
        const bool is_forbidden = reply_.code == 403 && !answer_.http.contains("403") && !answer_.http.contains("4xx");
        if (!is_forbidden || code.empty() || code == "403") return ruling_of_http(reply_.code, answer_.http);
        return answer_.codes.other.value_or(ruling(Verdict::retry, Blame::provider));
    }

    const Reply& reply_;
    const Answer& answer_;
    const Node& root_;
};

std::string digits_of(std::string_view number) {
    std::string out;
    for (const char c : number)
        if (c >= '0' && c <= '9') out.push_back(c);
    return out;
}

/// The same person, however the provider writes the number: the last nine digits decide.
bool is_same_number(std::string_view a, std::string_view b) {
    constexpr std::size_t enough = 9;
    if (a.size() < enough || b.size() < enough) return a == b;
    return a.substr(a.size() - enough) == b.substr(b.size() - enough);
}

/// One message that the provider cut itself: accepted when every part is.
Result joined(std::vector<Result> parts, const std::string& currency) {
    Result out = std::move(parts.front());
    for (std::size_t i = 1; i < parts.size(); ++i) {
        const bool was_well = out.outcome.verdict == Verdict::accepted;
        const bool is_well = parts[i].outcome.verdict == Verdict::accepted;
        out.ids.insert(out.ids.end(), parts[i].ids.begin(), parts[i].ids.end());
        out.price += parts[i].price;
        if (was_well && is_well) {
            out.outcome.provider_id += ' ' + parts[i].outcome.provider_id;
            out.outcome.cost = out.price > 0 ? billed(out.price, currency) : std::string();
        } else if (was_well != is_well) {  // some of it is under way: it must not go again as a whole
            Outcome& flawed = was_well ? parts[i].outcome : out.outcome;
            out.outcome = Outcome::rejected(Blame::message, flawed.code,
                                            "a part was refused after others were taken: " + flawed.detail);
        }
    }
    return out;
}

std::vector<Result> by_recipient(const Judge& judge, const Answer& answer, const std::vector<const Node*>& items,
                                 const std::vector<std::string>& recipients) {
    std::vector<Result> out;
    std::vector<bool> used(items.size(), false);
    for (std::size_t i = 0; i < recipients.size(); ++i) {
        std::size_t at = i;
        if (answer.item_to.is_given()) {
            at = 0;
            while (at < items.size() &&
                   (used[at] || !is_same_number(digits_of(judge.value(answer.item_to, *items[at])), recipients[i])))
                ++at;
        }
        if (at < items.size()) {
            used[at] = true;
            out.push_back(judge.one(*items[at]));
        } else {
            out.push_back({Outcome::unknown(Blame::provider, "", "the provider's answer leaves this recipient out"),
                           {},
                           0,
                           false,
                           false});
        }
    }
    return out;
}

std::vector<Result> all_alike(const Outcome& outcome, std::size_t count) {
    return {count, Result{outcome, {}, 0, false, true}};
}

}  // namespace

std::string read_price(const std::string& text, const std::string& currency) {
    const double price = number_of(text);
    return price > 0 ? billed(price, currency) : std::string();
}

std::string read_value(const Reading& reading, const Node& item, const Node& root, std::string_view separator) {
    if (reading.column || reading.expression) return read_line(reading, item.text, separator);
    if (reading.path.empty()) return {};
    const Node* at = find(reading.from_root ? root : item, reading.path == "." ? std::string_view() : reading.path);
    return at == nullptr ? std::string() : at->text;
}

std::vector<Result> judge(const Reply& reply, const Answer& answer, const std::vector<std::string>& recipients) {
    const bool well = reply.code >= 200 && reply.code < 300;
    const auto root = read_document(answer.format, reply.body);
    if (!root) {
        const auto shown = std::to_string(reply.code);
        if (!well)
            return all_alike(outcome_of(ruling_of_http(reply.code, answer.http), shown, "HTTP " + shown, reply),
                             recipients.size());
        return all_alike(
            Outcome::unknown(Blame::provider, shown, "the provider's answer can't be read: " + root.error()),
            recipients.size());
    }
    const Judge judge(reply, answer, *root);
    if (const auto whole = judge.whole()) return {recipients.size(), *whole};
    const auto items = judge.items();
    if (items.empty())
        return all_alike(
            Outcome::unknown(Blame::provider, std::to_string(reply.code), "the provider's answer names no message"),
            recipients.size());
    if (recipients.size() > 1) return by_recipient(judge, answer, items, recipients);
    std::vector<Result> parts;
    parts.reserve(items.size());
    for (const Node* item : items)
        parts.push_back(judge.one(*item));
    return {joined(std::move(parts), answer.currency)};
}

Outcome blame_route(Outcome outcome) {
    return Outcome::retry(Blame::provider, std::move(outcome.code),
                          "the provider refuses the route's sender: " + outcome.detail)
        .after(std::chrono::hours(1));
}

Outcome judge_failure(Phase phase, std::string_view error) {
    std::string detail = shortened(std::string(error));
    if (phase == Phase::refused) return Outcome::rejected(Blame::message, "", std::move(detail));
    if (phase < Phase::sent) return Outcome::retry(Blame::provider, "", std::move(detail));
    return Outcome::unknown(Blame::provider, "", std::move(detail));
}

}  // namespace chapar::sms::http
