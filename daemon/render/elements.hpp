#pragma once
// What html_to_text knows of each element of HTML. Constant data, found in one step.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace chapar::render {

/// How an element stands among its neighbours.
enum class Flow : std::uint8_t { inside, line, paragraph, skipped };

/// The elements that html_to_text treats each in its own way.
enum class Tag : std::uint8_t { other, a, bdi, blockquote, br, cell, hr, html, img, li, ol, pre, struck, tr, ul };

struct Element {
    std::string_view name;
    Flow flow = Flow::inside;
    Tag tag = Tag::other;
    bool is_raw = false;   // its contents are not markup
    bool is_void = false;  // it has no contents
};

namespace detail {

constexpr Element raw(std::string_view name) { return {name, Flow::skipped, Tag::other, true, false}; }
constexpr Element empty(std::string_view name, Flow flow = Flow::inside, Tag tag = Tag::other) {
    return {name, flow, tag, false, true};
}

/// What is not here is part of the line.
constexpr std::array elements = {
    Element{"a", Flow::inside, Tag::a},
    Element{"address", Flow::line},
    Element{"article", Flow::paragraph},
    Element{"aside", Flow::paragraph},
    Element{"audio", Flow::skipped},
    Element{"bdi", Flow::inside, Tag::bdi},
    Element{"blockquote", Flow::paragraph, Tag::blockquote},
    Element{"body", Flow::line},
    Element{"caption", Flow::line},
    Element{"center", Flow::line},
    Element{"dd", Flow::line},
    Element{"del", Flow::inside, Tag::struck},
    Element{"div", Flow::line},
    Element{"dl", Flow::paragraph},
    Element{"dt", Flow::line},
    Element{"fieldset", Flow::line},
    Element{"figcaption", Flow::line},
    Element{"figure", Flow::paragraph},
    Element{"footer", Flow::paragraph},
    Element{"form", Flow::line},
    Element{"h1", Flow::paragraph},
    Element{"h2", Flow::paragraph},
    Element{"h3", Flow::paragraph},
    Element{"h4", Flow::paragraph},
    Element{"h5", Flow::paragraph},
    Element{"h6", Flow::paragraph},
    Element{"header", Flow::paragraph},
    Element{"html", Flow::inside, Tag::html},
    Element{"li", Flow::line, Tag::li},
    Element{"main", Flow::line},
    Element{"nav", Flow::line},
    Element{"object", Flow::skipped},
    Element{"ol", Flow::paragraph, Tag::ol},
    Element{"p", Flow::paragraph},
    Element{"pre", Flow::paragraph, Tag::pre},
    Element{"s", Flow::inside, Tag::struck},
    Element{"section", Flow::paragraph},
    Element{"select", Flow::skipped},
    Element{"strike", Flow::inside, Tag::struck},
    Element{"svg", Flow::skipped},
    Element{"table", Flow::line},
    Element{"tbody", Flow::line},
    Element{"td", Flow::inside, Tag::cell},
    Element{"template", Flow::skipped},
    Element{"tfoot", Flow::line},
    Element{"th", Flow::inside, Tag::cell},
    Element{"thead", Flow::line},
    Element{"tr", Flow::line, Tag::tr},
    Element{"ul", Flow::paragraph, Tag::ul},
    Element{"video", Flow::skipped},
    Element{"xml", Flow::skipped},
    raw("iframe"),
    raw("noembed"),
    raw("noframes"),
    raw("script"),
    raw("style"),
    raw("textarea"),
    raw("title"),
    raw("xmp"),
    empty("area"),
    empty("base"),
    empty("br", Flow::inside, Tag::br),
    empty("col"),
    empty("embed"),
    empty("hr", Flow::paragraph, Tag::hr),
    empty("img", Flow::inside, Tag::img),
    empty("input"),
    empty("link"),
    empty("meta"),
    empty("param"),
    empty("source"),
    empty("wbr"),
};

constexpr std::size_t slots = 256;

constexpr std::size_t slot_of(std::string_view name) {
    const auto byte = [](char c) { return static_cast<std::size_t>(static_cast<unsigned char>(c)); };
    return (byte(name.front()) * 31 + byte(name.back()) * 7 + byte(name[name.size() / 2]) * 3 + name.size() * 13) %
           slots;
}

constexpr std::array<std::uint8_t, slots> make_index() {
    std::array<std::uint8_t, slots> index{};
    for (std::size_t i = 0; i < elements.size(); ++i) {
        std::size_t slot = slot_of(elements[i].name);
        while (index[slot] != 0)
            slot = (slot + 1) % slots;
        index[slot] = static_cast<std::uint8_t>(i + 1);
    }
    return index;
}

constexpr std::array<std::uint8_t, slots> index = make_index();
constexpr Element unknown{};

}  // namespace detail

/// `name` in lower case and not empty.
constexpr const Element& element_of(std::string_view name) {
    for (std::size_t slot = detail::slot_of(name); detail::index[slot] != 0; slot = (slot + 1) % detail::slots) {
        const Element& element = detail::elements[detail::index[slot] - 1u];
        if (element.name == name) return element;
    }
    return detail::unknown;
}

}  // namespace chapar::render
