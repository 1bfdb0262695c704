#include "engine/remote/feeds/revocation_file.h"

#include <functional>
#include <utility>

#include "engine/base/limits.h"

namespace assay::feeds {
namespace {

constexpr std::int64_t kSettledSeconds = 2;

bool SameFile(const FileState& a, const FileState& b) { return a.device == b.device && a.inode == b.inode; }

}  // namespace

Result<std::optional<std::string>> RevocationFile::ReadIfChanged(std::int64_t now) {
  Result<File> file = File::OpenLasting(path_);
  if (!file) return Error{file.error()};
  if (known_) {
    const FileState& known = known_->file.state();
    if (known_->settled && file->state() == known) return std::optional<std::string>();
    if (SameFile(file->state(), known) && file->state().size < known.size) {
      return Error{path_ + ": became shorter in place; replace it by rename"};
    }
  }
  Result<std::string> text = file->Read(kMaxRevocationFileBytes);
  if (!text) return Error{text.error()};
  if (known_ && SameFile(file->state(), known_->file.state()) && !known_->BeginsLike(*text)) {
    return Error{path_ + ": was written anew in place; replace it by rename"};
  }
  const bool settled = file->state().changed_s < now - kSettledSeconds;
  read_ = Known{std::move(*file), settled, text->size(), std::hash<std::string_view>()(*text)};
  return std::optional<std::string>(std::move(*text));
}

bool RevocationFile::Known::BeginsLike(std::string_view text) const {
  return text.size() >= size && std::hash<std::string_view>()(text.substr(0, size)) == hash;
}

void RevocationFile::ReadAnew() {
  if (known_) known_->settled = false;
}

void RevocationFile::Installed() {
  if (read_) known_ = std::exchange(read_, std::nullopt);
}

}  // namespace assay::feeds
