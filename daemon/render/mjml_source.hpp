#pragma once
// MJML whose template language is put out of the way: each {{ }} and {% %} becomes a word that MJML carries through,
// and comes back in the HTML that was made. What did not come back, or came back in another order, is an error at its
// place. Pure functions; callable from any thread.

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "render/place_map.hpp"

namespace chapar::render {

struct MjmlPiece {
    enum class Where {
        body,       // between elements or in the text of the mail
        attribute,  // MJML may write it several times
        head,       // title, preview, styles
        comment,    // may be lost
        before,     // outside the page: in front of the HTML
        after,      // behind it
    };
    std::size_t begin = 0, end = 0;  // in the source
    Where where = Where::body;
    std::string attribute;  // its name
};

struct ProtectedMjml {
    std::string text;  // for the program
    PlaceMap map;      // from there to the source
    std::string word;  // the words are this, four digits and "z"
    std::vector<MjmlPiece> pieces;
};

std::expected<ProtectedMjml, Trouble> protect_mjml(std::string_view source);

struct RestoredMjml {
    std::string text;
    PlaceMap map;  // the pieces of template language
};
std::expected<RestoredMjml, Trouble> restore_mjml(std::string_view html, const ProtectedMjml& mjml,
                                                  std::string_view source);

}  // namespace chapar::render
