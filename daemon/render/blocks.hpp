#pragma once
// {% content_for 'side' %} ... {% endcontent_for %}: pieces of a mail's body that stand elsewhere in its layout, as
// {{ content_for.side }}. A block is rendered where it is written, with the variables of that place; what it writes is
// taken out of the body. Given several times, the pieces follow each other.
// A Blocks belongs to one rendering; the rest are pure functions.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "render/front_matter.hpp"
#include "render/l10n/language.hpp"
#include "render/liquid/context.hpp"

namespace chapar::render {

class Blocks {
  public:
    struct Block {
        std::string name, text;
    };
    void clear() {
        filled_.clear();
        open_.clear();
    }
    void open(liquid::Context& context, std::string_view name);
    void close(liquid::Context& context);
    const std::vector<Block>& filled() const { return filled_; }
    /// A loop was left within a block: its name.
    std::optional<std::string> left_open() const;

  private:
    struct Open {
        std::string name;
        std::size_t from;
    };
    std::vector<Block> filled_;
    std::vector<Open> open_;
};

/// What RenderOptions::host of a message leads to.
struct RenderingHost : Language {
    Blocks* blocks = nullptr;  // nullptr: this part has none
};

/// The tags, for the environment. Where there are no blocks they fail.
void open_block(liquid::Context& context, liquid::Value name);
void close_block(liquid::Context& context, liquid::Value nothing);

/// Whether the tags of `body` come in pairs and name what a variable can be called.
std::optional<Trouble> check_blocks(std::string_view body);
/// The first of these tags in a source that must not have any: a layout, a subject, a text.
std::optional<Trouble> find_block(std::string_view source);

struct BlockName {
    std::string name;
    Place place;
    bool guarded = false;  // of a place in a layout: it is asked for or has a default
};
/// What `body` fills, and what `layout` has a place for.
std::vector<BlockName> filled_blocks(std::string_view body);
std::vector<BlockName> block_places(std::string_view layout);

}  // namespace chapar::render
