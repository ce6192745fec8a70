#include "render/liquid/filters.hpp"

#include <map>
#include <unordered_map>

#include "render/liquid/parser.hpp"

namespace chapar::liquid {

namespace {
using Entry = Environment::FilterEntry;

const std::unordered_map<std::string_view, Entry>& table() {
    using namespace filters;
    static const std::unordered_map<std::string_view, Entry> entries = {
        {"abs", {filters::abs, 0, 0, false}},
        {"append", {filters::append, 1, 1, false}},
        {"at_least", {at_least, 1, 1, false}},
        {"at_most", {at_most, 1, 1, false}},
        {"base64_decode", {base64_decode, 0, 0, false}},
        {"base64_encode", {base64_encode, 0, 0, false}},
        {"base64_url_safe_decode", {base64_url_safe_decode, 0, 0, false}},
        {"base64_url_safe_encode", {base64_url_safe_encode, 0, 0, false}},
        {"capitalize", {capitalize, 0, 0, false}},
        {"ceil", {filters::ceil, 0, 0, false}},
        {"compact", {compact, 0, 1, false}},
        {"concat", {concat, 1, 1, false}},
        {"date", {date, 1, 1, false}},
        {"default", {default_value, 0, 2, false}},
        {"divided_by", {divided_by, 1, 1, false}},
        {"downcase", {downcase, 0, 0, false}},
        {"escape", {filters::escape, 0, 0, false}},
        {"escape_once", {escape_once, 0, 0, false}},
        {"find", {filters::find, 1, 2, false}},
        {"find_index", {find_index, 1, 2, false}},
        {"first", {first, 0, 0, false}},
        {"floor", {filters::floor, 0, 0, false}},
        {"h", {filters::escape, 0, 0, false}},
        {"has", {has, 1, 2, false}},
        {"join", {join, 0, 1, false}},
        {"last", {last, 0, 0, false}},
        {"lstrip", {lstrip, 0, 0, false}},
        {"map", {filters::map, 1, 1, false}},
        {"minus", {filters::minus, 1, 1, false}},
        {"modulo", {modulo, 1, 1, false}},
        {"newline_to_br", {newline_to_br, 0, 0, false}},
        {"plus", {filters::plus, 1, 1, false}},
        {"prepend", {prepend, 1, 1, false}},
        {"reject", {reject, 1, 2, false}},
        {"remove", {filters::remove, 1, 1, false}},
        {"remove_first", {remove_first, 1, 1, false}},
        {"remove_last", {remove_last, 1, 1, false}},
        {"replace", {filters::replace, 1, 2, false}},
        {"replace_first", {replace_first, 1, 2, false}},
        {"replace_last", {replace_last, 2, 2, false}},
        {"reverse", {filters::reverse, 0, 0, false}},
        {"round", {filters::round, 0, 1, false}},
        {"rstrip", {rstrip, 0, 0, false}},
        {"size", {filters::size, 0, 0, false}},
        {"slice", {slice, 1, 2, false}},
        {"sort", {filters::sort, 0, 1, false}},
        {"sort_natural", {sort_natural, 0, 1, false}},
        {"split", {split, 1, 1, false}},
        {"squish", {squish, 0, 0, false}},
        {"strip", {strip, 0, 0, false}},
        {"strip_html", {strip_html, 0, 0, false}},
        {"strip_newlines", {strip_newlines, 0, 0, false}},
        {"sum", {sum, 0, 1, false}},
        {"times", {filters::times, 1, 1, false}},
        {"truncate", {filters::truncate, 0, 2, false}},
        {"truncatewords", {truncatewords, 0, 2, false}},
        {"uniq", {uniq, 0, 1, false}},
        {"upcase", {upcase, 0, 0, false}},
        {"url_decode", {url_decode, 0, 0, false}},
        {"url_encode", {url_encode, 0, 0, false}},
        {"where", {where, 1, 2, false}},
    };
    return entries;
}
}  // namespace

const Entry* standard_filter(std::string_view name) {
    const auto found = table().find(name);
    return found == table().end() ? nullptr : &found->second;
}

const Entry* raw_filter() {
    static const Entry entry{filters::raw, 0, 0, false};
    return &entry;
}

struct Environment::Impl {
    std::map<std::string, FilterEntry, std::less<>> filters;
    std::map<std::string, Tag, std::less<>> tags;
};

Environment::Environment() : impl_(std::make_unique<Impl>()) {}
Environment::~Environment() = default;

void Environment::add_filter(std::string name, int min_args, int max_args, Filter filter) {
    impl_->filters[std::move(name)] = {filter, min_args, max_args, true};
}
void Environment::add_tag(std::string name, Tag tag) { impl_->tags[std::move(name)] = tag; }

const Entry* Environment::find_filter(std::string_view name) const {
    const auto found = impl_->filters.find(name);
    return found == impl_->filters.end() ? nullptr : &found->second;
}
Tag Environment::find_tag(std::string_view name) const {
    const auto found = impl_->tags.find(name);
    return found == impl_->tags.end() ? nullptr : found->second;
}

}  // namespace chapar::liquid
