#pragma once
// What a provider said, in one form whatever it was written in: JSON (RFC 8259), XML 1.0, a form or a query (WHATWG
// URL, 5), or lines of text. Bounded in depth and in nodes; external entities and DTDs are refused. Pure; a Node is a
// plain value, any thread may read it.

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chapar::sms::http {

enum class Format : std::uint8_t { json, xml, form, query, text };

struct Named;

struct Node {
    std::string text;  // of a leaf: a string as it is, numbers and words as written
    bool is_list = false;
    std::vector<Named> members;  // of a list: without names

    const Node* member(std::string_view name) const;
};

struct Named {
    std::string name;
    Node node;
};

/// The error: a sentence that says why it can't be read.
std::expected<Node, std::string> read_document(Format format, std::string_view bytes);

/// "a/b/0": members by name, elements of a list by number. nullptr: not there.
const Node* find(const Node& from, std::string_view path);
/// What stands at `path` as a list: the elements of a list, else every member of the last name (XML repeats names).
std::vector<const Node*> find_all(const Node& from, std::string_view path);

/// Percent-decoding; `plus` also turns '+' into a blank. Malformed escapes stay as they are.
std::string percent_decoded(std::string_view text, bool plus);
/// Members of a form body or of a query, in order.
std::vector<std::pair<std::string, std::string>> read_form(std::string_view text);

}  // namespace chapar::sms::http
