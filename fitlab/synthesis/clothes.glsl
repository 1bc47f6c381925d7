// What VTK's fragment shader of a person does instead of lighting: it multiplies the light of the vertices with the
// colour of skin, hair or cloth.
//
// layersF: metres from the edges of shirt, trousers, shoes and hair in the rest pose, positive inside.
// restF: the place in the rest pose in units of the body's height, from between the soles; x to the left, y backwards.
//==== declarations
in vec3 skinF;
in vec4 layersF;
in vec3 restF;

float wave(float x) {  // almost a sine, at a fifth of its price
  float w = 1.0 - abs(4.0 * fract(0.159155 * x - 0.25) - 2.0);
  return w * (1.5 - 0.5 * w * w);
}

float folds_of(vec3 p) {
  float wide = wave(60.0 * p.x + 3.0 * wave(37.0 * p.z + phase));
  wide *= wave(55.0 * p.z + 2.5 * wave(44.0 * p.x - phase) + 40.0 * p.y);
  return wide + 0.6 * wave(110.0 * p.z + 4.0 * wave(31.0 * p.x + 29.0 * p.y + phase)) * wave(71.0 * p.y + 50.0 * p.x);
}

vec3 hair_at(vec3 p) {
  float strands = wave(900.0 * p.x + 7.0 * wave(60.0 * p.z)) * wave(500.0 * p.y + 5.0 * wave(40.0 * p.z));
  return hair * (1.0 + 0.13 * strands);
}

vec3 trousers_at(vec3 p, float folds) {
  vec3 colour = trousers;
  if (trousers_pattern == 1.0 && abs(layersF.y - 0.06) < 0.025) colour = accent;  // a band above the hem
  if (trousers_pattern == 2.0 && abs(p.y + 0.002) < 0.009) colour = accent;  // stripes along the legs
  if (trousers_pattern == 3.0 && folds > 0.35) colour = mix(trousers, accent, 0.6);  // camouflage
  return colour * (1.0 + 0.07 * folds);
}

vec3 shoes_at(vec3 p) {
  if (p.z < 0.012) return sole;
  return shoes * (1.0 - 0.06 * wave(260.0 * p.y) * step(0.03, p.z));
}

vec3 shirt_at(vec3 p, float folds) {
  vec3 colour = shirt;
  float side = abs(p.x);
  float height = p.z - 0.735;  // over the middle of the chest
  float blots = wave(47.0 * p.x + 3.0 * wave(29.0 * p.z + phase));
  blots += wave(41.0 * p.z + 2.0 * wave(37.0 * p.x + 5.0 * phase) + 30.0 * p.y);
  if (shirt_pattern == 1.0 && fract(p.z * bands) < 0.36) colour = accent;  // stripes across
  if (shirt_pattern == 2.0 && abs(height) < 0.035 && side < 0.055 && p.y < -0.01) colour = accent;  // a print
  if (shirt_pattern == 3.0 && side > 0.075) colour = accent;  // sleeves and sides
  if (shirt_pattern == 4.0 && height > 0.01) colour = accent;  // a yoke
  if (shirt_pattern == 5.0 && blots > 0.45) colour = mix(shirt, accent, 0.8);  // blots
  if (shirt_pattern == 6.0 && fract(p.x * bands) < 0.3) colour = accent;  // stripes down
  if (shirt_pattern == 7.0 && length(vec2(p.x * 0.8, height)) < 0.026 && p.y < -0.01) colour = accent;  // a disc
  return colour * (1.0 + 0.08 * folds);
}
//==== colour
  float folds = folds_of(restF);
  float edge = 1.0;
  vec3 colour = skinF;
  if (layersF.w > 0.0) colour = hair_at(restF);
  if (layersF.z > -socks) colour = sock * (1.0 + 0.04 * wave(2200.0 * restF.z));
  if (layersF.y > 0.0) {
    edge = layersF.y;
    colour = trousers_at(restF, folds);
  }
  if (layersF.z > 0.0) {
    edge = 1.0;
    colour = shoes_at(restF);
  }
  if (layersF.x > 0.0) {
    edge = layersF.x;
    colour = shirt_at(restF, folds);
  }
  if (edge < 0.014) colour *= edge < 0.011 && edge > 0.008 ? 0.84 : 0.96;  // a seam
  gl_FragData[0] = vec4(clamp(colour * vertexColorVSOutput.rgb * light, 0.0, 1.0), 1.0);
