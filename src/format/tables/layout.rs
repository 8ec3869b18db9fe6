//! What tables a file has, and of which columns.

/// How the body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::format) enum Encoding {
    Ascii,
    LittleEndian,
    BigEndian,
}

/// A number in the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::format) enum Scalar {
    I8,
    U8,
    I16,
    U16,
    I32,
    U32,
    F32,
    F64,
}

/// A property of each row of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::format) enum Property {
    Scalar(Scalar),
    List { count: Scalar, item: Scalar },
}

/// What an element is to a mesh, with the places of its properties.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::format) enum Role {
    /// Rows are vertices: the places of x, y and z.
    Vertices([usize; 3]),
    /// Rows are polygons: the place of the list of their vertices.
    Faces(usize),
    /// Rows are strips of triangles: the place of the list of their vertices, in which a negative number begins another strip.
    Strips(usize),
    /// Rows are nothing that is made.
    Other,
}

/// An element: a table of so many rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::format) struct Element {
    pub role: Role,
    pub row_count: u64,
    pub properties: Vec<Property>,
}

/// The tables of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::format) struct Layout {
    pub encoding: Encoding,
    pub elements: Vec<Element>,
    /// Whether `#` begins a comment in a line of text.
    pub has_comments: bool,
}

impl Scalar {
    pub fn is_whole(self) -> bool {
        !matches!(self, Self::F32 | Self::F64)
    }

    pub fn size_bytes(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }
}

impl Property {
    /// The fewest bytes of it in a binary row.
    fn least_bytes(self) -> u64 {
        match self {
            Self::Scalar(scalar) | Self::List { count: scalar, .. } => scalar.size_bytes() as u64,
        }
    }
}

impl Element {
    /// The fewest bytes of a row: in text, a digit and a blank for each property.
    pub fn least_row_bytes(&self, encoding: Encoding) -> u64 {
        let least = |property: &Property| if encoding == Encoding::Ascii { 2 } else { property.least_bytes() };
        self.properties.iter().map(least).sum()
    }
}

impl Layout {
    /// The number of rows of a role.
    pub fn rows(&self, is_meant: impl Fn(Role) -> bool) -> u64 {
        let meant = self.elements.iter().filter(|element| is_meant(element.role));
        meant.fold(0, |count, element| count.saturating_add(element.row_count))
    }

    /// The fewest bytes of all rows: a body that is shorter lacks some.
    pub fn least_bytes(&self) -> u64 {
        let least = |element: &Element| element.row_count.saturating_mul(element.least_row_bytes(self.encoding));
        // The last blank may be missing.
        self.elements.iter().map(least).fold(0, u64::saturating_add).saturating_sub(1)
    }

    pub fn vertex_count(&self) -> u64 {
        self.rows(|role| matches!(role, Role::Vertices(_)))
    }

    pub fn has_strips(&self) -> bool {
        self.rows(|role| matches!(role, Role::Strips(_))) > 0
    }
}
