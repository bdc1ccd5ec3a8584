#include <algorithm>
#include <random>

#include "column/ColumnFixture.h"

namespace inferf::test {
namespace {

/// Makes random columns of one format, together with what they should read as.
struct RandomColumn {
  SchemaSpec schema;
  std::vector<ArraySpec> parts;
  std::vector<std::string> expected;
};

class Generator {
 public:
  Generator(uint32_t seed, std::string format) : random_(seed), format_(std::move(format)) { column_.schema = schemaOf(format_); }

  RandomColumn run() {
    const int numParts = static_cast<int>(random_() % 5);
    for (int i = 0; i < numParts; ++i) {
      addPart(static_cast<int64_t>(random_() % 40));
    }
    return std::move(column_);
  }

 private:
  static constexpr int64_t kListLength = 3;

  SchemaSpec schemaOf(const std::string& format) {
    if (format == "dictionary") {
      return {"s", "", {}, {{"u", "values", {}, {}}}};
    }
    if (format == "+w:3" || format == "+l" || format == "+L") {
      return {format, "", {{random_() % 2 == 0 ? "f" : "i", "item", {}, {}}}, {}};
    }
    return {format, "", {}, {}};
  }

  bool chance(uint32_t oneIn) { return random_() % oneIn == 0; }

  /// Rows before and after the part that no one may look at, to get offsets at all levels.
  void addPart(int64_t length) {
    ArraySpec part;
    part.length = length;
    part.offset = static_cast<int64_t>(random_() % 12);
    const int64_t total = part.offset + length;
    const bool hasNulls = chance(2) && format_ != "n";
    std::string validity(static_cast<size_t>(total), '1');
    for (char& bit : validity) {
      bit = hasNulls && chance(4) ? '0' : '1';
    }
    const auto isNull = [&](int64_t i) { return validity[static_cast<size_t>(i)] == '0'; };
    std::vector<std::string> texts;
    fill(part, total, isNull, texts);
    if (format_ != "n") {
      part.buffers.insert(part.buffers.begin(), hasNulls ? std::optional(bitsOf(validity)) : std::nullopt);
    }
    for (int64_t i = part.offset; i < total; ++i) {
      column_.expected.push_back(isNull(i) ? "-" : texts[static_cast<size_t>(i)]);
    }
    column_.parts.push_back(std::move(part));
  }

  template <typename T>
  void fillNumbers(ArraySpec& part, int64_t total, std::vector<std::string>& texts) {
    std::vector<T> values(static_cast<size_t>(total));
    for (T& value : values) {
      value = static_cast<T>(random_());
      texts.push_back(std::to_string(value));
    }
    part.buffers.push_back(bytesOf(values));
    part.misalignment = chance(3) ? 1 : 0;
  }

  template <typename Offset, typename IsNull>
  void fillStrings(ArraySpec& part, int64_t total, const IsNull&, std::vector<std::string>& texts) {
    std::vector<Offset> offsets{static_cast<Offset>(random_() % 3)};
    Bytes bytes(static_cast<size_t>(offsets[0]), uint8_t{'#'});
    for (int64_t i = 0; i < total; ++i) {
      const std::string text(random_() % 6, static_cast<char>('a' + random_() % 26));
      bytes.insert(bytes.end(), text.begin(), text.end());
      offsets.push_back(static_cast<Offset>(bytes.size()));
      texts.push_back(text);
    }
    part.buffers.push_back(bytesOf(offsets));
    part.buffers.push_back(bytes);
    part.misalignment = chance(3) ? 2 : 0;
  }

  ArraySpec elements(int64_t numElements, std::vector<std::string>& texts) {
    ArraySpec child;
    child.offset = static_cast<int64_t>(random_() % 10);
    child.length = numElements;
    const bool isFloat = column_.schema.children[0].format == "f";
    const bool hasNulls = chance(2);
    const int64_t total = child.offset + numElements;
    std::string validity(static_cast<size_t>(total), '1');
    std::vector<float> floats;
    std::vector<int32_t> integers;
    for (int64_t i = 0; i < total; ++i) {
      const auto value = static_cast<int32_t>(random_() % 1000);
      floats.push_back(static_cast<float>(value));
      integers.push_back(value);
      const bool isNull = hasNulls && chance(5);
      validity[static_cast<size_t>(i)] = isNull ? '0' : '1';
      if (i >= child.offset) {
        texts.push_back(isNull ? "-" : isFloat ? std::to_string(static_cast<float>(value)) : std::to_string(value));
      }
    }
    child.buffers = {hasNulls ? std::optional(bitsOf(validity)) : std::nullopt, isFloat ? bytesOf(floats) : bytesOf(integers)};
    child.misalignment = chance(3) ? 3 : 0;
    return child;
  }

  template <typename IsNull>
  void fillLists(ArraySpec& part, int64_t total, const IsNull& isNull, std::vector<std::string>& texts) {
    std::vector<int64_t> offsets{format_ == "+w:3" ? 0 : static_cast<int64_t>(random_() % 4)};
    const bool emptyNulls = format_ != "+w:3" && chance(2);
    for (int64_t i = 0; i < total; ++i) {
      // Rows before the part's offset are nobody's business, so their lists may have any length; likewise those of NULL rows.
      const bool anyLength = format_ != "+w:3" && (i < part.offset || isNull(i));
      const int64_t length = anyLength && emptyNulls ? static_cast<int64_t>(random_() % 3) : kListLength;
      offsets.push_back(offsets.back() + length);
    }
    std::vector<std::string> elementTexts;
    part.children.push_back(elements(offsets.back() + static_cast<int64_t>(random_() % 3), elementTexts));
    for (int64_t i = 0; i < total; ++i) {
      std::string text = "[";
      for (int64_t j = offsets[static_cast<size_t>(i)]; j < offsets[static_cast<size_t>(i) + 1]; ++j) {
        text += elementTexts[static_cast<size_t>(j)] + ",";
      }
      texts.push_back(text + "]");
    }
    if (format_ == "+l") {
      part.buffers.push_back(bytesOf(std::vector<int32_t>(offsets.begin(), offsets.end())));
    } else if (format_ == "+L") {
      part.buffers.push_back(bytesOf(offsets));
    }
  }

  template <typename IsNull>
  void fillDictionary(ArraySpec& part, int64_t total, const IsNull& isNull, std::vector<std::string>& texts) {
    ArraySpec values;
    values.length = 4;
    values.offset = static_cast<int64_t>(random_() % 2);
    values.buffers = {bitsOf("11011"), bytesOf(std::vector<int32_t>{0, 1, 3, 6, 10, 15}), Bytes{'a', 'b', 'b', 'c', 'c', 'c', 'd', 'd',
                                                                                              'd', 'd', 'e', 'e', 'e', 'e', 'e'}};
    const std::string valueTexts[] = {"a", "bb", "-", "dddd", "eeeee"};
    std::vector<int16_t> indices;
    for (int64_t i = 0; i < total; ++i) {
      const auto index = static_cast<int16_t>(random_() % 4);
      const bool ignored = isNull(i) || i < part.offset;
      indices.push_back(ignored ? int16_t{-7} : index);
      texts.push_back(valueTexts[values.offset + index]);
    }
    part.dictionary.push_back(values);
    part.buffers.push_back(bytesOf(indices));
  }

  template <typename IsNull>
  void fill(ArraySpec& part, int64_t total, const IsNull& isNull, std::vector<std::string>& texts) {
    if (format_ == "n") {
      texts.assign(static_cast<size_t>(total), "-");
    } else if (format_ == "b") {
      std::string bits;
      for (int64_t i = 0; i < total; ++i) {
        bits += chance(2) ? '1' : '0';
        texts.push_back(bits.back() == '1' ? "true" : "false");
      }
      part.buffers.push_back(bitsOf(bits));
    } else if (format_ == "w:5") {
      Bytes bytes;
      for (int64_t i = 0; i < total; ++i) {
        const std::string text = std::to_string(10000 + random_() % 90000);
        bytes.insert(bytes.end(), text.begin(), text.end());
        texts.push_back(text);
      }
      part.buffers.push_back(bytes);
    } else if (format_ == "u" || format_ == "z") {
      fillStrings<int32_t>(part, total, isNull, texts);
    } else if (format_ == "U" || format_ == "Z") {
      fillStrings<int64_t>(part, total, isNull, texts);
    } else if (format_ == "dictionary") {
      fillDictionary(part, total, isNull, texts);
    } else if (format_[0] == '+') {
      fillLists(part, total, isNull, texts);
    } else {
      fillNumbersByFormat(part, total, texts);
    }
  }

  void fillNumbersByFormat(ArraySpec& part, int64_t total, std::vector<std::string>& texts) {
    switch (format_[0]) {
      case 'c':
        return fillNumbers<int8_t>(part, total, texts);
      case 'C':
        return fillNumbers<uint8_t>(part, total, texts);
      case 's':
        return fillNumbers<int16_t>(part, total, texts);
      case 'S':
        return fillNumbers<uint16_t>(part, total, texts);
      case 'i':
        return fillNumbers<int32_t>(part, total, texts);
      case 'I':
        return fillNumbers<uint32_t>(part, total, texts);
      case 'l':
        return fillNumbers<int64_t>(part, total, texts);
      case 'L':
        return fillNumbers<uint64_t>(part, total, texts);
      case 'f':
        return fillNumbers<float>(part, total, texts);
      default:
        return fillNumbers<double>(part, total, texts);
    }
  }

  std::mt19937 random_;
  std::string format_;
  RandomColumn column_;
};

class ColumnRoundTripTest : public ColumnTest, public ::testing::WithParamInterface<const char*> {};

int64_t countNulls(const std::vector<std::string>& texts) { return std::count(texts.begin(), texts.end(), "-"); }

/// Imports random batches at once, then gathers random rows of the result (with NULL ids), exports them and imports them again.
TEST_P(ColumnRoundTripTest, ImportConcatenateGatherExportKeepTheElements) {
  for (uint32_t seed = 0; seed < 150; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomColumn random = Generator(seed, GetParam()).run();
    const Column column = readColumn(random.schema, random.parts);
    ASSERT_EQ(render(column), random.expected);
    if (column.type.id != TypeId::kNull) {
      ASSERT_EQ(column.nullCount, countNulls(random.expected));
    }

    std::mt19937 ids(seed);
    std::vector<int32_t> rows(ids() % 60);
    std::vector<std::string> expected;
    for (int32_t& row : rows) {
      row = static_cast<int32_t>(ids() % static_cast<uint32_t>(column.length + 1));
      expected.push_back(row == column.length ? "-" : random.expected[static_cast<size_t>(row)]);
    }
    const auto numRows = static_cast<int64_t>(rows.size());
    std::vector<OutputVector> vectors;
    vectors.push_back(gatherColumn(column, rows.data(), numRows, "gathered", *pool_));
    ASSERT_EQ(vectors[0].nullCount, countNulls(expected));

    // A stream of the exported schema and batch.
    ArrowSchema schema;
    exportSchema(vectors, &schema);
    ArrowArray batch;
    exportBatch(std::move(vectors), numRows, pool_, &batch);
    struct Exported {
      ArrowSchema schema;
      ArrowArray batch;
    };
    ArrowArrayStream exported{};
    exported.private_data = new Exported{schema, batch};
    exported.get_schema = [](ArrowArrayStream* self, ArrowSchema* out) {
      *out = std::exchange(static_cast<Exported*>(self->private_data)->schema, ArrowSchema{});
      return 0;
    };
    exported.get_next = [](ArrowArrayStream* self, ArrowArray* out) {
      *out = std::exchange(static_cast<Exported*>(self->private_data)->batch, ArrowArray{});
      return 0;
    };
    exported.release = [](ArrowArrayStream* self) {
      delete static_cast<Exported*>(self->private_data);
      self->release = nullptr;
    };
    BatchReader again(exported, "again", {"gathered"}, pool_);
    ASSERT_EQ(render(again.readAll().columns[0]), expected);
    ASSERT_EQ(again.types()[0].id, column.type.id);
    ASSERT_EQ(again.types()[0].format, column.type.format);
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, ColumnRoundTripTest,
                         ::testing::Values("b", "c", "C", "s", "S", "i", "I", "l", "L", "f", "g", "u", "U", "z", "Z", "n", "w:5", "+w:3"));

/// Lists of variable length and dictionaries change their layout on import, so only the import side is compared.
class DecodedColumnTest : public ColumnRoundTripTest {};

TEST_P(DecodedColumnTest, ImportAndConcatenateKeepTheElements) {
  for (uint32_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomColumn random = Generator(seed, GetParam()).run();
    const Column column = readColumn(random.schema, random.parts);
    ASSERT_EQ(render(column), random.expected);
    ASSERT_EQ(column.nullCount, countNulls(random.expected));
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, DecodedColumnTest, ::testing::Values("+l", "+L", "dictionary"));

}  // namespace
}  // namespace inferf::test
