#include "sms/http/document.hpp"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>

namespace chapar::sms::http {
namespace {

constexpr int most_depth = 32;
constexpr std::size_t most_nodes = 20'000, most_bytes = 1 << 20;

/// Counts what is built; false: enough.
class Budget {
  public:
    bool take(int depth) { return depth <= most_depth && ++nodes_ <= most_nodes; }

  private:
    std::size_t nodes_ = 0;
};

bool convert(simdjson::dom::element from, Node& to, Budget& budget, int depth);

bool convert_members(simdjson::dom::element from, Node& to, Budget& budget, int depth) {
    simdjson::dom::object object;
    if (from.get(object) == simdjson::SUCCESS) {
        for (const auto field : object) {
            to.members.emplace_back(std::string(field.key), Node{});
            if (!convert(field.value, to.members.back().node, budget, depth + 1)) return false;
        }
        return true;
    }
    simdjson::dom::array array;
    to.is_list = true;
    if (from.get(array) != simdjson::SUCCESS) return false;
    for (const auto each : array) {
        to.members.emplace_back(std::string(), Node{});
        if (!convert(each, to.members.back().node, budget, depth + 1)) return false;
    }
    return true;
}

bool convert(simdjson::dom::element from, Node& to, Budget& budget, int depth) {
    if (!budget.take(depth)) return false;
    if (from.is_object() || from.is_array()) return convert_members(from, to, budget, depth);
    std::string_view text;
    if (from.get(text) == simdjson::SUCCESS) {
        to.text = text;
    } else if (!from.is_null()) {
        to.text = simdjson::minify(from);
    }
    return true;
}

std::expected<Node, std::string> read_json(std::string_view bytes) {
    simdjson::dom::parser parser;
    simdjson::dom::element root;
    if (const auto error = parser.parse(bytes.empty() ? "" : bytes.data(), bytes.size()).get(root);
        error != simdjson::SUCCESS)
        return std::unexpected(std::string("it is no JSON: ") + simdjson::error_message(error));
    Node out;
    Budget budget;
    if (!convert(root, out, budget, 0)) return std::unexpected(std::string("it is too deep or too large"));
    return out;
}

std::string_view view(const xmlChar* text) {
    return text == nullptr ? std::string_view() : std::string_view(reinterpret_cast<const char*>(text));
}

bool convert(const xmlNode* from, Node& to, Budget& budget, int depth) {
    if (!budget.take(depth)) return false;
    for (const xmlAttr* each = from->properties; each != nullptr; each = each->next) {
        Node value;
        if (each->children != nullptr) value.text = view(each->children->content);
        if (!budget.take(depth)) return false;
        to.members.emplace_back("@" + std::string(view(each->name)), std::move(value));
    }
    for (const xmlNode* each = from->children; each != nullptr; each = each->next) {
        if (each->type == XML_TEXT_NODE || each->type == XML_CDATA_SECTION_NODE) to.text += view(each->content);
        if (each->type != XML_ELEMENT_NODE) continue;
        to.members.emplace_back(std::string(view(each->name)), Node{});
        if (!convert(each, to.members.back().node, budget, depth + 1)) return false;
    }
    const auto first = to.text.find_first_not_of(" \t\r\n");
    to.text = first == std::string::npos ? std::string() : to.text.substr(first);
    to.text.erase(to.text.find_last_not_of(" \t\r\n") + 1);
    return true;
}

std::expected<Node, std::string> read_xml(std::string_view bytes) {
    // No network, no entities replaced; a document with a DTD is refused, so nothing can grow while it is read.
    constexpr int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA;
    const std::unique_ptr<xmlDoc, void (*)(xmlDoc*)> document(
        xmlReadMemory(bytes.data(), static_cast<int>(bytes.size()), nullptr, nullptr, options), xmlFreeDoc);
    if (!document) return std::unexpected(std::string("it is no XML"));
    if (document->intSubset != nullptr) return std::unexpected(std::string("it has a DTD"));
    const xmlNode* root = xmlDocGetRootElement(document.get());
    if (root == nullptr) return std::unexpected(std::string("it is empty"));
    Node out;
    Budget budget;
    out.members.emplace_back(std::string(view(root->name)), Node{});
    if (!convert(root, out.members.back().node, budget, 0))
        return std::unexpected(std::string("it is too deep or too large"));
    return out;
}

Node read_lines(std::string_view bytes) {
    Node out;
    out.is_list = true;
    while (!bytes.empty() && out.members.size() < most_nodes) {
        const auto end = bytes.find('\n');
        auto line = bytes.substr(0, end);
        bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
        while (line.ends_with('\r') || line.ends_with(' '))
            line.remove_suffix(1);
        if (line.empty()) continue;
        out.members.emplace_back(std::string(), Node{std::string(line), false, {}});
    }
    return out;
}

std::optional<char> hex_pair(std::string_view digits) {
    int value = 0;
    if (digits.size() < 2) return std::nullopt;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + 2, value, 16);
    if (error != std::errc() || end != digits.data() + 2) return std::nullopt;
    return static_cast<char>(value);
}

/// The first part of a path; the rest stays.
std::string_view step(std::string_view& path) {
    const auto slash = path.find('/');
    const auto out = path.substr(0, slash);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    return out;
}

const Node* enter(const Node& from, std::string_view name) {
    if (!from.is_list) return from.member(name);
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    const bool fits = error == std::errc() && end == name.data() + name.size() && number < from.members.size();
    return fits ? &from.members[number].node : nullptr;
}

}  // namespace

const Node* Node::member(std::string_view name) const {
    const auto at = std::ranges::find(members, name, &Named::name);
    return at == members.end() ? nullptr : &at->node;
}

std::expected<Node, std::string> read_document(Format format, std::string_view bytes) {
    if (bytes.size() > most_bytes) return std::unexpected(std::string("it is too long"));
    switch (format) {
        case Format::json:
            return read_json(bytes);
        case Format::xml:
            return read_xml(bytes);
        case Format::text:
            return read_lines(bytes);
        case Format::form:
        case Format::query:
            break;
    }
    Node out;
    for (auto& [name, value] : read_form(bytes))
        out.members.emplace_back(std::move(name), Node{std::move(value), false, {}});
    return out;
}

const Node* find(const Node& from, std::string_view path) {
    const Node* at = &from;
    while (!path.empty() && at != nullptr)
        at = enter(*at, step(path));
    return at;
}

std::vector<const Node*> find_all(const Node& from, std::string_view path) {
    std::vector<const Node*> out;
    if (const Node* at = find(from, path); at != nullptr && at->is_list) {
        for (const auto& [name, each] : at->members)
            out.push_back(&each);
        return out;
    }
    const auto slash = path.rfind('/');
    const auto last = slash == std::string_view::npos ? path : path.substr(slash + 1);
    const Node* parent = slash == std::string_view::npos ? &from : find(from, path.substr(0, slash));
    if (parent == nullptr) return out;
    for (const auto& [name, each] : parent->members)
        if (name == last) out.push_back(&each);
    return out;
}

std::string percent_decoded(std::string_view text, bool plus) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto octet = text[i] == '%' ? hex_pair(text.substr(i + 1)) : std::nullopt;
        if (octet) {
            out.push_back(*octet);
            i += 2;
        } else {
            out.push_back(plus && text[i] == '+' ? ' ' : text[i]);
        }
    }
    return out;
}

std::vector<std::pair<std::string, std::string>> read_form(std::string_view text) {
    std::vector<std::pair<std::string, std::string>> out;
    while (!text.empty() && out.size() < most_nodes) {
        const auto end = text.find('&');
        const auto pair = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (pair.empty()) continue;
        const auto equals = pair.find('=');
        const auto value = equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
        out.emplace_back(percent_decoded(pair.substr(0, equals), true), percent_decoded(value, true));
    }
    return out;
}

}  // namespace chapar::sms::http
