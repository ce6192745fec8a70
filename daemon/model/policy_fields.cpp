#include "model/policy_fields.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>

#include "base/varint.hpp"

namespace chapar::model {
namespace {

constexpr char version = 1;

/// Each member is its tag, the length of what follows, and that. The numbers are stored: none is given twice.
enum class Tag : std::uint8_t {
    category = 1,
    sender = 2,
    household = 3,
    device_zone = 4,
    person_zone = 5,
    phone = 6,
    phone_of_step = 7,  // the address of this step
    dedupe_key = 8,
    own_quiet = 9,
    dedupe_window = 10,
    fallback_after = 11,
    value = 12,
    is_test = 13,
    data = 14,         // the path's length, the path, the value
    step_sender = 15,  // the step's index, the sender
};

void put(std::string& out, Tag tag, std::string_view bytes) {
    put_number(out, static_cast<std::uint64_t>(tag));
    put_number(out, bytes.size());
    out += bytes;
}

void put_text(std::string& out, Tag tag, const std::string& text) {
    if (!text.empty()) put(out, tag, text);
}

void put_time(std::string& out, Tag tag, Milliseconds time) {
    std::string bytes;
    put_signed(bytes, time.count());
    put(out, tag, bytes);
}

void put_phone(std::string& out, const std::string& phone, const std::vector<PlanStep>& plan) {
    const auto step = std::ranges::find(plan, phone, &PlanStep::address);
    if (step == plan.end()) return put_text(out, Tag::phone, phone);
    std::string bytes;
    put_number(bytes, static_cast<std::uint64_t>(step - plan.begin()));
    put(out, Tag::phone_of_step, bytes);
}

void put_value(std::string& out, double value) {
    std::string bytes;
    for (auto bits = std::bit_cast<std::uint64_t>(value); bytes.size() < sizeof(bits); bits >>= 8U)
        bytes.push_back(static_cast<char>(bits));
    put(out, Tag::value, bytes);
}

void put_data(std::string& out, std::string_view path, std::string_view value) {
    if (value.size() > most_stored_value) return;
    std::string bytes;
    put_number(bytes, path.size());
    bytes.append(path).append(value);
    put(out, Tag::data, bytes);
}

void put_sender(std::string& out, int step, std::string_view sender) {
    std::string bytes;
    put_number(bytes, static_cast<std::uint64_t>(step));
    bytes += sender;
    put(out, Tag::step_sender, bytes);
}

/// Takes a length and as many bytes; nothing when there are fewer.
std::optional<std::string_view> take_bytes(std::string_view& in) {
    const auto length = take_number(in);
    if (!length || *length > in.size()) return std::nullopt;
    const auto out = in.substr(0, static_cast<std::size_t>(*length));
    in.remove_prefix(out.size());
    return out;
}

bool take_time(std::string_view bytes, Milliseconds& out) {
    const auto count = take_signed(bytes);
    out = Milliseconds(count.value_or(0));
    return count && bytes.empty();
}

bool take_index(std::string_view& bytes, std::size_t below, std::size_t& out) {
    const auto index = take_number(bytes);
    if (!index || *index >= below) return false;
    out = static_cast<std::size_t>(*index);
    return true;
}

bool take_phone(std::string_view bytes, const std::vector<PlanStep>& plan, std::string& out) {
    std::size_t step = 0;
    if (!take_index(bytes, plan.size(), step) || !bytes.empty()) return false;
    out = plan[step].address;
    return true;
}

bool take_value(std::string_view bytes, double& out) {
    std::uint64_t bits = 0;
    if (bytes.size() != sizeof(bits)) return false;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bits |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
    out = std::bit_cast<double>(bits);
    return true;
}

bool take_data(std::string_view bytes, PolicyFields& out) {
    const auto path = take_bytes(bytes);
    if (path) out.data.emplace_back(*path, bytes);
    return path.has_value();
}

bool take_sender(std::string_view bytes, std::size_t steps, PolicyFields& out) {
    std::size_t step = 0;
    if (!take_index(bytes, steps, step)) return false;
    out.step_senders.emplace_back(static_cast<int>(step), bytes);
    return true;
}

bool take_member(Tag tag, std::string_view bytes, const std::vector<PlanStep>& plan, PolicyFields& out) {
    const auto text = [bytes](std::string& into) {
        into = bytes;
        return true;
    };
    switch (tag) {
        case Tag::category:
            return text(out.category);
        case Tag::sender:
            return text(out.sender);
        case Tag::household:
            return text(out.household);
        case Tag::device_zone:
            return text(out.device_zone);
        case Tag::person_zone:
            return text(out.person_zone);
        case Tag::phone:
            return text(out.phone);
        case Tag::phone_of_step:
            return take_phone(bytes, plan, out.phone);
        case Tag::dedupe_key:
            return text(out.dedupe_key);
        case Tag::own_quiet:
            return text(out.own_quiet);
        case Tag::dedupe_window:
            return take_time(bytes, out.dedupe_window);
        case Tag::fallback_after:
            return take_time(bytes, out.fallback_after.emplace());
        case Tag::value:
            return take_value(bytes, out.value);
        case Tag::is_test:
            out.is_test = true;
            return bytes.empty();
        case Tag::data:
            return take_data(bytes, out);
        case Tag::step_sender:
            return take_sender(bytes, plan.size(), out);
    }
    return true;  // a later version's
}

}  // namespace

const std::string* PolicyFields::value_at(std::string_view path) const {
    const auto found = std::ranges::find(data, path, &std::pair<std::string, std::string>::first);
    return found == data.end() ? nullptr : &found->second;
}

const std::string* PolicyFields::sender_of(int step) const {
    const auto found = std::ranges::find(step_senders, step, &std::pair<int, std::string>::first);
    return found == step_senders.end() ? nullptr : &found->second;
}

std::string encode(const PolicyFields& fields, const std::vector<PlanStep>& plan) {
    std::string out(1, version);
    put_text(out, Tag::category, fields.category);
    put_text(out, Tag::sender, fields.sender);
    put_text(out, Tag::household, fields.household);
    put_text(out, Tag::device_zone, fields.device_zone);
    put_text(out, Tag::person_zone, fields.person_zone);
    if (!fields.phone.empty()) put_phone(out, fields.phone, plan);
    put_text(out, Tag::dedupe_key, fields.dedupe_key);
    put_text(out, Tag::own_quiet, fields.own_quiet);
    if (fields.dedupe_window != Milliseconds{}) put_time(out, Tag::dedupe_window, fields.dedupe_window);
    if (fields.fallback_after) put_time(out, Tag::fallback_after, *fields.fallback_after);
    if (fields.value != 0) put_value(out, fields.value);
    if (fields.is_test) put(out, Tag::is_test, {});
    for (const auto& [path, value] : fields.data)
        put_data(out, path, value);
    for (const auto& [step, sender] : fields.step_senders)
        put_sender(out, step, sender);
    return out;
}

std::optional<PolicyFields> decode_policy_fields(std::string_view bytes, const std::vector<PlanStep>& plan) {
    if (bytes.empty() || bytes.front() != version) return std::nullopt;
    bytes.remove_prefix(1);
    PolicyFields out;
    while (!bytes.empty()) {
        const auto tag = take_number(bytes);
        if (!tag) return std::nullopt;
        const auto member = take_bytes(bytes);
        if (!member) return std::nullopt;
        if (*tag > static_cast<std::uint64_t>(Tag::step_sender)) continue;
        if (!take_member(static_cast<Tag>(*tag), *member, plan, out)) return std::nullopt;
    }
    return out;
}

}  // namespace chapar::model
